//! Node objects to source text, checked on the way: how `compile` takes a syntax tree.
//!
//! The compiler reads literals from the text of its source, so a tree is written out and parsed again. A
//! statement is put on the line that its `lineno` names wherever the order of the nodes allows, so that
//! tracebacks and line tables fit; columns are those of the written text.

use std::sync::Arc;

use orochi_heap::Value;
use orochi_objects::type_::{as_type, type_name, type_of};
use orochi_objects::{Attached, PyResult, attr, int, list, protocol, str, tuple};

use super::Classes;

mod expr;
mod stmt;

/// Largest source in bytes that a tree may become.
const LIMIT: usize = 256 << 20;
/// Lines further down than this are not padded to.
const LAST_LINE: i64 = 1 << 20;

/// The text of a tree whose root has to be of class `root`.
pub fn write(t: Attached<'_>, tree: &Value, root: &str) -> PyResult<String> {
    let mut w = Writer { t, classes: Classes::of(t)?, out: String::new(), line: 1, indent: 0 };
    let class = w.class_in(tree, "mod")?;
    if class != root {
        return Err(t.type_error(format!("expected {root} node, got {}", type_name(t, tree))));
    }
    if root == "Expression" {
        let body = w.required(tree, root, "body")?;
        w.expr(&body, 0, "Load")?;
    } else {
        for s in w.items(tree, root, "body")? {
            w.stmt(&s)?;
        }
    }
    w.newline();
    Ok(w.out)
}

struct Writer<'a> {
    t: Attached<'a>,
    classes: Arc<Classes>,
    out: String,
    line: i64,
    indent: usize,
}

impl Writer<'_> {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }
    fn newline(&mut self) {
        self.out.push('\n');
        self.line += 1;
    }
    fn margin(&mut self) {
        for _ in 0..self.indent {
            self.out.push(' ');
        }
    }
    /// Starts a line for the node, at its line number if that still lies ahead.
    fn start(&mut self, node: &Value) -> PyResult<()> {
        if self.out.len() > LIMIT {
            return Err(self.t.memory_error());
        }
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.newline();
        }
        let wanted = match attr::find(self.t, node, &str::intern(self.t, "lineno"))? {
            Some(v) => int::as_i64(&v).unwrap_or(0),
            None => 0,
        };
        if wanted <= LAST_LINE {
            while self.line < wanted {
                self.newline();
            }
        }
        self.margin();
        Ok(())
    }

    /// The class of the grammar that a node is an instance of, below the family named.
    fn class_in(&self, node: &Value, family: &str) -> PyResult<&'static str> {
        let t = self.t;
        let mut found = None;
        for class in as_type(type_of(t, node)).mro_types() {
            let name = class.name_text();
            if let Some(known) = self.classes.known(&name, class.this()) {
                if known == family {
                    return Ok(found.unwrap_or(known));
                }
                found.get_or_insert(known);
            }
        }
        let shown = str::display(&protocol::repr(t, node)?);
        Err(t.type_error(format!("expected some sort of {family}, but got {shown}")))
    }

    /// A position has to be there and to make sense, although only the line of a statement counts.
    fn position(&self, node: &Value, family: &str) -> PyResult<()> {
        let t = self.t;
        let mut at = [0i64; 4];
        for (i, name) in ["lineno", "col_offset", "end_lineno", "end_col_offset"].into_iter().enumerate() {
            let v = match attr::find(t, node, &str::intern(t, name))? {
                Some(v) if i < 2 || !v.is_none() => v,
                _ if i >= 2 => {
                    at[i] = at[i - 2];
                    continue;
                }
                _ => return Err(t.type_error(format!("required field \"{name}\" missing from {family}"))),
            };
            at[i] = match int::as_i64(&v) {
                Some(n) => n,
                None => {
                    let shown = str::display(&protocol::repr(t, &v)?);
                    return Err(t.value_error(format!("invalid integer value: {shown}")));
                }
            };
        }
        let [line, column, end_line, end_column] = at;
        if line > end_line {
            return Err(t.value_error(format!("AST node line range ({line}, {end_line}) is not valid")));
        }
        if (line < 0 && end_line != line) || (column < 0 && end_column != column) {
            return Err(t.value_error(format!(
                "AST node column range ({column}, {end_column}) for line range ({line}, {end_line}) is not valid"
            )));
        }
        if line == end_line && column > end_column {
            return Err(t.value_error(format!("line {line}, column {column}-{end_column} is not a valid range")));
        }
        Ok(())
    }

    /// A field that has to be there and may be None only for constants.
    fn field(&self, node: &Value, class: &str, name: &str) -> PyResult {
        match attr::find(self.t, node, &str::intern(self.t, name))? {
            Some(v) => Ok(v),
            None => Err(self.t.type_error(format!("required field \"{name}\" missing from {class}"))),
        }
    }
    fn required(&self, node: &Value, class: &str, name: &str) -> PyResult {
        let v = self.field(node, class, name)?;
        if v.is_none() {
            return Err(self.t.value_error(format!("field '{name}' is required for {class}")));
        }
        Ok(v)
    }
    fn optional(&self, node: &Value, name: &str) -> PyResult<Option<Value>> {
        Ok(attr::find(self.t, node, &str::intern(self.t, name))?.filter(|v| !v.is_none()))
    }
    fn items(&self, node: &Value, class: &str, name: &str) -> PyResult<Vec<Value>> {
        let Some(v) = attr::find(self.t, node, &str::intern(self.t, name))? else { return Ok(Vec::new()) };
        match list::as_list(&v) {
            Some(l) => Ok(l.to_vec()),
            None => Err(self.t.type_error(format!("{class} field \"{name}\" must be a list, not a {}", type_name(self.t, &v)))),
        }
    }
    /// A list that may not be empty.
    fn some_items(&self, node: &Value, class: &str, name: &str) -> PyResult<Vec<Value>> {
        let all = self.items(node, class, name)?;
        if all.is_empty() {
            return Err(self.t.value_error(format!("empty {name} on {class}")));
        }
        Ok(all)
    }
    /// Writes a name. Names that no source text can hold are refused.
    fn identifier(&mut self, v: &Value) -> PyResult<()> {
        let t = self.t;
        if !str::is_str(v) {
            return Err(t.type_error("AST identifier must be of type str"));
        }
        let text = str::utf8(v).unwrap_or("");
        if matches!(text, "None" | "True" | "False") {
            return Err(t.value_error(format!("identifier field can't represent '{text}' constant")));
        }
        let fits = |c: char| c == '_' || c == '.' || c.is_alphanumeric() || (!c.is_ascii() && !c.is_whitespace());
        if text.is_empty() || !text.chars().all(fits) {
            let shown = str::display(&protocol::repr(t, v)?);
            return Err(t.value_error(format!("{shown} is not an identifier that source text can hold")));
        }
        self.put(text);
        Ok(())
    }
    fn identifier_field(&mut self, node: &Value, class: &str, name: &str) -> PyResult<()> {
        let v = self.required(node, class, name)?;
        self.identifier(&v)
    }
    fn small(&self, node: &Value, class: &str, name: &str) -> PyResult<i64> {
        let v = self.field(node, class, name)?;
        match int::as_i64(&v) {
            Some(n) => Ok(n),
            None => {
                let shown = str::display(&protocol::repr(self.t, &v)?);
                Err(self.t.value_error(format!("invalid integer value: {shown}")))
            }
        }
    }
    fn comma(&mut self, first: &mut bool) {
        if !std::mem::take(first) {
            self.put(", ");
        }
    }

    /// A text in quotes with everything but plain ASCII escaped; braces too if `braces`.
    fn escaped(&mut self, text: &str::PyStr, braces: bool) {
        for c in (0..text.char_len()).filter_map(|i| text.char_at(i)) {
            match char::from_u32(c) {
                Some('"') => self.put("\\\""),
                Some('\\') => self.put("\\\\"),
                Some('\n') => self.put("\\n"),
                Some('{' | '}') if braces => self.put(&format!("\\x{c:02x}")),
                Some(plain @ ' '..='~') => self.out.push(plain),
                _ if c <= 0xff => self.put(&format!("\\x{c:02x}")),
                _ if c <= 0xffff => self.put(&format!("\\u{c:04x}")),
                _ => self.put(&format!("\\U{c:08x}")),
            }
        }
    }

    fn constant(&mut self, v: &Value) -> PyResult<()> {
        let t = self.t;
        t.check_stack(" during compilation")?;
        if v.is_none() || v.is(&Value::bool(true)) || v.is(&Value::bool(false)) {
            let shown = protocol::repr(t, v)?;
            self.put(&str::display(&shown));
            return Ok(());
        }
        if v.is(&Value::ellipsis()) {
            self.put("...");
            return Ok(());
        }
        let class = type_of(t, v);
        if class.is(str::TYPE.get(t)) {
            if let Some(s) = str::as_str(v) {
                self.put("\"");
                self.escaped(s, false);
                self.put("\"");
            }
        } else if class.is(orochi_objects::bytes::TYPE.get(t)) {
            let shown = protocol::repr(t, v)?;
            self.put(&str::display(&shown));
        } else if class.is(int::TYPE.get(t)) {
            let text = protocol::format(t, v, &str::intern(t, "#x"))?;
            self.put(&str::display(&text));
        } else if class.is(orochi_objects::float::TYPE.get(t)) || class.is(orochi_objects::complex::TYPE.get(t)) {
            let text = str::display(&protocol::repr(t, v)?);
            // Names that are no literals: an infinity is a number too large, a NaN what two of them give.
            self.put(&text.replace("nan", "(1e999-1e999)").replace("inf", "1e999").replace(")j", ")*1j"));
        } else if class.is(tuple::TYPE.get(t)) {
            self.put("(");
            for item in tuple::items(v) {
                self.constant(item)?;
                self.put(", ");
            }
            self.put(")");
        } else if class.is(orochi_objects::set::FROZEN.get(t)) {
            self.put("frozenset((");
            for item in protocol::collect(t, v)? {
                self.constant(&item)?;
                self.put(", ");
            }
            self.put("))");
        } else {
            return Err(t.type_error(format!("got an invalid type in Constant: {}", type_name(t, v))));
        }
        Ok(())
    }
}
