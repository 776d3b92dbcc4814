//! Statements as text. Simple statements that share a line number share a line.

use orochi_heap::Value;
use orochi_objects::{PyResult, attr, int, str};

use super::Writer;

const TEST: u8 = 1;

fn is_compound(class: &str) -> bool {
    matches!(
        class,
        "FunctionDef" | "AsyncFunctionDef" | "ClassDef" | "For" | "AsyncFor" | "While" | "If" | "With" | "AsyncWith" | "Match" | "Try" | "TryStar"
    )
}

impl Writer<'_> {
    fn line_of(&self, node: &Value) -> PyResult<Option<i64>> {
        Ok(attr::find(self.t, node, &str::intern(self.t, "lineno"))?.and_then(|v| int::as_i64(&v)))
    }

    /// The statements of a block whose header has been written without its colon.
    fn block(&mut self, node: &Value, class: &str, name: &str) -> PyResult<()> {
        let body = self.some_items(node, class, name)?;
        self.put(":");
        let mut inline = true;
        for s in &body {
            let class = self.class_in(s, "stmt")?;
            inline = inline && !is_compound(class) && self.line_of(s)? == Some(self.line);
        }
        if inline {
            for (i, s) in body.iter().enumerate() {
                self.put(if i == 0 { " " } else { "; " });
                let class = self.class_in(s, "stmt")?;
                self.position(s, "stmt")?;
                self.simple(s, class)?;
            }
            return Ok(());
        }
        self.newline();
        self.indent += 1;
        for s in &body {
            self.stmt(s)?;
        }
        self.indent -= 1;
        Ok(())
    }

    /// A clause like `else:` on a line of its own.
    fn clause(&mut self, word: &str, node: &Value, class: &str, name: &str) -> PyResult<()> {
        if self.items(node, class, name)?.is_empty() {
            return Ok(());
        }
        self.own_line();
        self.put(word);
        self.block(node, class, name)
    }
    fn own_line(&mut self) {
        if !self.out.ends_with('\n') {
            self.newline();
        }
        self.margin();
    }

    fn load(&mut self, node: &Value, class: &str, name: &str) -> PyResult<()> {
        let e = self.required(node, class, name)?;
        self.expr(&e, TEST, "Load")
    }
    fn store(&mut self, node: &Value, class: &str, name: &str) -> PyResult<()> {
        let e = self.required(node, class, name)?;
        self.expr(&e, TEST, "Store")
    }

    pub(super) fn stmt(&mut self, s: &Value) -> PyResult<()> {
        let t = self.t;
        t.check_stack(" during ast construction")?;
        let class = self.class_in(s, "stmt")?;
        self.position(s, "stmt")?;
        if !is_compound(class) {
            // After another simple statement of the same line.
            let same = self.line_of(s)? == Some(self.line) && self.out.ends_with(';');
            if same {
                self.put(" ");
            } else {
                self.drop_semicolon();
                self.start(s)?;
            }
            self.simple(s, class)?;
            self.put(";");
            return Ok(());
        }
        self.drop_semicolon();
        if matches!(class, "FunctionDef" | "AsyncFunctionDef" | "ClassDef") {
            for d in self.items(s, class, "decorator_list")? {
                self.start(&d)?;
                self.put("@");
                self.expr(&d, 0, "Load")?;
                self.newline();
            }
        }
        self.start(s)?;
        self.compound(s, class)?;
        self.drop_semicolon();
        Ok(())
    }
    fn drop_semicolon(&mut self) {
        if self.out.ends_with(';') {
            self.out.pop();
        }
    }

    fn compound(&mut self, s: &Value, class: &'static str) -> PyResult<()> {
        let t = self.t;
        match class {
            "FunctionDef" | "AsyncFunctionDef" => {
                self.put(if class == "FunctionDef" { "def " } else { "async def " });
                self.identifier_field(s, class, "name")?;
                self.type_params(s, class)?;
                self.put("(");
                let args = self.required(s, class, "args")?;
                self.arguments(&args, true)?;
                self.put(")");
                if let Some(r) = self.optional(s, "returns")? {
                    self.put(" -> ");
                    self.expr(&r, TEST, "Load")?;
                }
                self.block(s, class, "body")
            }
            "ClassDef" => {
                self.put("class ");
                self.identifier_field(s, class, "name")?;
                self.type_params(s, class)?;
                let (bases, keywords) = (self.items(s, class, "bases")?, self.items(s, class, "keywords")?);
                if !bases.is_empty() || !keywords.is_empty() {
                    self.put("(");
                    self.call_arguments(&bases, &keywords)?;
                    self.put(")");
                }
                self.block(s, class, "body")
            }
            "For" | "AsyncFor" => {
                self.put(if class == "For" { "for " } else { "async for " });
                self.store(s, class, "target")?;
                self.put(" in ");
                self.load(s, class, "iter")?;
                self.block(s, class, "body")?;
                self.after_block();
                self.clause("else", s, class, "orelse")
            }
            "While" => {
                self.put("while ");
                self.load(s, class, "test")?;
                self.block(s, class, "body")?;
                self.after_block();
                self.clause("else", s, class, "orelse")
            }
            "If" => self.conditional(s),
            "With" | "AsyncWith" => {
                self.put(if class == "With" { "with " } else { "async with " });
                let mut first = true;
                for item in self.some_items(s, class, "items")? {
                    let kind = self.class_in(&item, "withitem")?;
                    self.comma(&mut first);
                    self.load(&item, kind, "context_expr")?;
                    if let Some(v) = self.optional(&item, "optional_vars")? {
                        self.put(" as ");
                        self.expr(&v, TEST, "Store")?;
                    }
                }
                self.block(s, class, "body")
            }
            "Match" => {
                self.put("match ");
                self.load(s, class, "subject")?;
                self.put(":");
                self.newline();
                self.indent += 1;
                for case in self.some_items(s, class, "cases")? {
                    let kind = self.class_in(&case, "match_case")?;
                    let pattern = self.required(&case, kind, "pattern")?;
                    self.after_block();
                    self.start(&pattern)?;
                    self.put("case ");
                    self.pattern(&pattern)?;
                    if let Some(g) = self.optional(&case, "guard")? {
                        self.put(" if ");
                        self.expr(&g, TEST, "Load")?;
                    }
                    self.block(&case, kind, "body")?;
                }
                self.indent -= 1;
                Ok(())
            }
            _ => {
                self.put("try");
                self.block(s, class, "body")?;
                self.after_block();
                let handlers = self.items(s, class, "handlers")?;
                let last = self.items(s, class, "finalbody")?;
                if handlers.is_empty() && last.is_empty() {
                    return Err(t.value_error(format!("{class} has neither handlers nor finalbody")));
                }
                if handlers.is_empty() && !self.items(s, class, "orelse")?.is_empty() {
                    return Err(t.value_error(format!("{class} has orelse but no except handlers")));
                }
                for h in &handlers {
                    let kind = self.class_in(h, "excepthandler")?;
                    self.position(h, "excepthandler")?;
                    self.start(h)?;
                    self.put(if class == "TryStar" { "except*" } else { "except" });
                    if let Some(e) = self.optional(h, "type")? {
                        self.put(" ");
                        self.expr(&e, TEST, "Load")?;
                    }
                    if let Some(n) = self.optional(h, "name")? {
                        self.put(" as ");
                        self.identifier(&n)?;
                    }
                    self.block(h, kind, "body")?;
                    self.after_block();
                }
                self.clause("else", s, class, "orelse")?;
                self.after_block();
                self.clause("finally", s, class, "finalbody")
            }
        }
    }
    fn after_block(&mut self) {
        self.drop_semicolon();
    }

    /// An `if` with its chain of `elif`s, however long.
    fn conditional(&mut self, first: &Value) -> PyResult<()> {
        let mut s = first.clone();
        let class = "If";
        self.put("if ");
        loop {
            self.load(&s, class, "test")?;
            self.block(&s, class, "body")?;
            self.after_block();
            let orelse = self.items(&s, class, "orelse")?;
            match orelse.as_slice() {
                [only] if self.class_in(only, "stmt")? == "If" => {
                    self.position(only, "stmt")?;
                    self.start(only)?;
                    self.put("elif ");
                    s = only.clone();
                }
                _ => return self.clause("else", &s, class, "orelse"),
            }
        }
    }

    fn type_params(&mut self, node: &Value, class: &str) -> PyResult<()> {
        let all = self.items(node, class, "type_params")?;
        if all.is_empty() {
            return Ok(());
        }
        self.put("[");
        let mut first = true;
        for p in &all {
            let kind = self.class_in(p, "type_param")?;
            self.position(p, "type_param")?;
            self.comma(&mut first);
            self.put(match kind {
                "TypeVarTuple" => "*",
                "ParamSpec" => "**",
                _ => "",
            });
            self.identifier_field(p, kind, "name")?;
            if kind == "TypeVar" && let Some(b) = self.optional(p, "bound")? {
                self.put(": ");
                self.expr(&b, TEST, "Load")?;
            }
            if let Some(d) = self.optional(p, "default_value")? {
                self.put(" = ");
                self.expr(&d, TEST, "Load")?;
            }
        }
        self.put("]");
        Ok(())
    }

    fn names(&mut self, s: &Value, class: &str, word: &str) -> PyResult<()> {
        self.put(word);
        let mut first = true;
        for n in self.some_items(s, class, "names")? {
            self.comma(&mut first);
            self.identifier(&n)?;
        }
        Ok(())
    }
    fn aliases(&mut self, s: &Value, class: &str) -> PyResult<()> {
        let mut first = true;
        for a in self.some_items(s, class, "names")? {
            let kind = self.class_in(&a, "alias")?;
            self.position(&a, kind)?;
            self.comma(&mut first);
            let name = self.required(&a, kind, "name")?;
            if str::utf8(&name) == Some("*") {
                self.put("*");
            } else {
                self.identifier(&name)?;
            }
            if let Some(n) = self.optional(&a, "asname")? {
                self.put(" as ");
                self.identifier(&n)?;
            }
        }
        Ok(())
    }

    fn simple(&mut self, s: &Value, class: &'static str) -> PyResult<()> {
        let t = self.t;
        match class {
            "Return" => {
                self.put("return");
                if let Some(v) = self.optional(s, "value")? {
                    self.put(" ");
                    self.expr(&v, TEST, "Load")?;
                }
                Ok(())
            }
            "Delete" => {
                self.put("del ");
                let targets = self.some_items(s, class, "targets")?;
                self.exprs(&targets, "Del")
            }
            "Assign" => {
                for target in self.some_items(s, class, "targets")? {
                    self.expr(&target, TEST, "Store")?;
                    self.put(" = ");
                }
                self.load(s, class, "value")
            }
            "TypeAlias" => {
                self.put("type ");
                self.store(s, class, "name")?;
                self.type_params(s, class)?;
                self.put(" = ");
                self.load(s, class, "value")
            }
            "AugAssign" => {
                self.store(s, class, "target")?;
                let (sign, _) = self.binary_operator(s, class)?;
                self.put(&format!(" {sign}= "));
                self.load(s, class, "value")
            }
            "AnnAssign" => {
                let target = self.required(s, class, "target")?;
                let bare = self.class_in(&target, "expr")? == "Name" && self.small(s, class, "simple")? == 0;
                self.put(if bare { "(" } else { "" });
                self.expr(&target, TEST, "Store")?;
                self.put(if bare { "): " } else { ": " });
                self.load(s, class, "annotation")?;
                if let Some(v) = self.optional(s, "value")? {
                    self.put(" = ");
                    self.expr(&v, TEST, "Load")?;
                }
                Ok(())
            }
            "Raise" => {
                self.put("raise");
                let (exc, cause) = (self.optional(s, "exc")?, self.optional(s, "cause")?);
                if exc.is_none() && cause.is_some() {
                    return Err(t.value_error("Raise with cause but no exception"));
                }
                if let Some(e) = exc {
                    self.put(" ");
                    self.expr(&e, TEST, "Load")?;
                }
                if let Some(c) = cause {
                    self.put(" from ");
                    self.expr(&c, TEST, "Load")?;
                }
                Ok(())
            }
            "Assert" => {
                self.put("assert ");
                self.load(s, class, "test")?;
                if let Some(m) = self.optional(s, "msg")? {
                    self.put(", ");
                    self.expr(&m, TEST, "Load")?;
                }
                Ok(())
            }
            "Import" => {
                self.put("import ");
                self.aliases(s, class)
            }
            "ImportFrom" => {
                let level = match self.optional(s, "level")? {
                    Some(_) => self.small(s, class, "level")?,
                    None => 0,
                };
                if level < 0 {
                    return Err(t.value_error("Negative ImportFrom level"));
                }
                if level > 1 << 16 {
                    return Err(t.overflow_error("ImportFrom level is too large"));
                }
                self.put("from ");
                self.put(&".".repeat(level as usize));
                if let Some(m) = self.optional(s, "module")? {
                    self.identifier(&m)?;
                }
                self.put(" import ");
                self.aliases(s, class)
            }
            "Global" => self.names(s, class, "global "),
            "Nonlocal" => self.names(s, class, "nonlocal "),
            "Expr" => self.load(s, class, "value"),
            "Pass" => {
                self.put("pass");
                Ok(())
            }
            "Break" => {
                self.put("break");
                Ok(())
            }
            "Continue" => {
                self.put("continue");
                Ok(())
            }
            _ => Err(t.type_error("expected some sort of stmt, but got an abstract node")),
        }
    }
}
