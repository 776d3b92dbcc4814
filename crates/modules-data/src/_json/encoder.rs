//! `make_encoder`: writes one value as JSON text.

use orochi_objects::{
    Args, Attached, Def, GetSet, Payload, PyResult, Raised, Slot, TypeSpec, Value, attr, dict, float, int, list,
    payload, protocol, str, tuple, type_,
};
use orochi_text::wtf8::Wtf8Buf;

use super::{Functions, escape};

/// The body of an encoder.
pub struct PyEncoder {
    /// A dict, or None: circular references are not looked for.
    markers: Slot,
    default: Slot,
    encoder: Slot,
    /// A str, or None.
    indent: Slot,
    key_separator: Slot,
    item_separator: Slot,
    sort_keys: bool,
    skip_keys: bool,
    allow_nan: bool,
}

impl Payload for PyEncoder {
    payload!(PyEncoder, "Encoder");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        for slot in
            [&self.markers, &self.default, &self.encoder, &self.indent, &self.key_separator, &self.item_separator]
        {
            visit.slot(slot);
        }
    }
}

/// `_json.Encoder`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyEncoder>("_json.Encoder")
    .flags(orochi_objects::flags::BASETYPE)
    .slots(&[Def::New(new), Def::Call(call)])
    .getset(&[
        GetSet::read("markers", |_, v| Ok(body(v).markers.load()), ""),
        GetSet::read("default", |_, v| Ok(body(v).default.load()), ""),
        GetSet::read("encoder", |_, v| Ok(body(v).encoder.load()), ""),
        GetSet::read("indent", |_, v| Ok(body(v).indent.load()), ""),
        GetSet::read("key_separator", |_, v| Ok(body(v).key_separator.load()), ""),
        GetSet::read("item_separator", |_, v| Ok(body(v).item_separator.load()), ""),
        GetSet::read("sort_keys", |_, v| Ok(Value::bool(body(v).sort_keys)), ""),
        GetSet::read("skipkeys", |_, v| Ok(Value::bool(body(v).skip_keys)), ""),
    ])
    .doc("Encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)");

fn body(v: &Value) -> &PyEncoder {
    match v.payload::<PyEncoder>() {
        Some(e) => e,
        None => unreachable!("slots are called with their own type"),
    }
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let signature = orochi_objects::args::Signature::parse(
        "(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
    );
    signature.call(t, "make_encoder", args, |a| {
        if !a[0].is_none() && dict::as_dict(&a[0]).is_none() {
            let name = type_::type_name(t, &a[0]);
            return Err(t.type_error(format!("make_encoder() argument 1 must be dict or None, not {name}")));
        }
        for (i, v) in [(5, &a[4]), (6, &a[5])] {
            if !str::is_str(v) {
                let name = type_::type_name(t, v);
                return Err(t.type_error(format!("make_encoder() argument {i} must be str, not {name}")));
            }
        }
        let body = PyEncoder {
            markers: Slot::new(a[0].clone()),
            default: Slot::new(a[1].clone()),
            encoder: Slot::new(a[2].clone()),
            indent: Slot::new(a[3].clone()),
            key_separator: Slot::new(a[4].clone()),
            item_separator: Slot::new(a[5].clone()),
            sort_keys: protocol::truth(t, &a[6])?,
            skip_keys: protocol::truth(t, &a[7])?,
            allow_nan: protocol::truth(t, &a[8])?,
        };
        TYPE.alloc_for(t, class, body)
    })
}

fn call(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult {
    orochi_objects::args::Signature::parse("(obj, _current_indent_level)").call(t, "_iterencode", args, |a| {
        let e = body(this);
        let level = protocol::as_size(t, &a[1])?.max(0) as usize;
        let functions = t.interpreter().state::<Functions>();
        let encoder = e.encoder.load();
        let fast = if encoder.is(&functions.ascii.load()) {
            Some(true)
        } else if encoder.is(&functions.plain.load()) {
            Some(false)
        } else {
            None
        };
        let indent = e.indent.load();
        let mut writer = Writer {
            t,
            out: Wtf8Buf::new(),
            open: Vec::new(),
            circular: !e.markers.load().is_none(),
            default: e.default.load(),
            encoder,
            fast,
            indent: if indent.is_none() { None } else { Some(indent) },
            key_separator: e.key_separator.load(),
            item_separator: e.item_separator.load(),
            sort_keys: e.sort_keys,
            skip_keys: e.skip_keys,
            allow_nan: e.allow_nan,
        };
        writer.value(&a[0], level)?;
        let text = str::try_from_wtf8(t, &writer.out)?;
        Ok(tuple::new(t, vec![text]))
    })
}

struct Writer<'t> {
    t: Attached<'t>,
    out: Wtf8Buf,
    /// Containers being written, against circles.
    open: Vec<u64>,
    circular: bool,
    default: Value,
    encoder: Value,
    /// The encoder is one of the module's own: whether the ASCII one.
    fast: Option<bool>,
    indent: Option<Value>,
    key_separator: Value,
    item_separator: Value,
    sort_keys: bool,
    skip_keys: bool,
    allow_nan: bool,
}

impl Writer<'_> {
    fn room(&mut self, n: usize) -> PyResult<()> {
        self.out.try_reserve(n).map_err(|_| self.t.memory_error())
    }
    fn push_str(&mut self, v: &Value) -> PyResult<()> {
        if let Some(text) = str::wtf8(v) {
            self.room(text.as_bytes().len())?;
            self.out.push_wtf8(text);
        }
        Ok(())
    }
    fn string(&mut self, v: &Value) -> PyResult<()> {
        if let (Some(ascii), Some(text)) = (self.fast, str::wtf8(v)) {
            self.room(text.as_bytes().len() + 2)?;
            escape::push(&mut self.out, text, ascii);
            return Ok(());
        }
        let encoded = protocol::call(self.t, &self.encoder, std::slice::from_ref(v))?;
        if !str::is_str(&encoded) {
            let name = type_::type_name(self.t, &encoded);
            return Err(self.t.type_error(format!("encoder() must return a string, not {name}")));
        }
        self.push_str(&encoded)
    }
    fn float_text(&self, x: f64, v: &Value) -> PyResult<String> {
        if x.is_finite() {
            return Ok(orochi_number::float::repr(x));
        }
        if !self.allow_nan {
            let shown = str::display(&protocol::repr(self.t, v)?);
            return Err(self.t.value_error(format!("Out of range float values are not JSON compliant: {shown}")));
        }
        Ok(if x.is_nan() { "NaN" } else if x > 0.0 { "Infinity" } else { "-Infinity" }.to_owned())
    }
    /// The text of None, bools and numbers; `None` for anything else.
    fn scalar(&self, v: &Value) -> PyResult<Option<Scalar>> {
        if v.is_none() {
            return Ok(Some(Scalar::Word("null")));
        }
        if let Some(b) = v.as_bool() {
            return Ok(Some(Scalar::Word(if b { "true" } else { "false" })));
        }
        if let Some(i) = v.as_small_int() {
            return Ok(Some(Scalar::Text(i.to_string())));
        }
        if int::is_int(v) {
            // Subclasses are written as the ints that they are.
            let own = type_::as_type(int::TYPE.get(self.t)).slots.repr();
            let text = match own {
                Some(f) => f(self.t, v)?,
                None => protocol::repr(self.t, v)?,
            };
            return Ok(Some(Scalar::Text(str::display(&text))));
        }
        match float::as_f64(v) {
            Some(x) => Ok(Some(Scalar::Text(self.float_text(x, v)?))),
            None => Ok(None),
        }
    }
    fn value(&mut self, v: &Value, level: usize) -> PyResult<()> {
        let t = self.t;
        if str::is_str(v) {
            return self.string(v);
        }
        if let Some(s) = self.scalar(v)? {
            self.room(s.text().len())?;
            self.out.push_str(s.text());
            return Ok(());
        }
        t.check_stack(" while encoding a JSON object")?;
        t.safepoint()?;
        if list::as_list(v).is_some() || tuple::as_tuple(v).is_some() {
            return self.guarded(v, |w| w.array(v, level));
        }
        if dict::as_dict(v).is_some() {
            return self.guarded(v, |w| w.object(v, level));
        }
        self.guarded(v, |w| {
            let other = protocol::call(t, &w.default, std::slice::from_ref(v))?;
            let outcome = w.value(&other, level);
            outcome.map_err(|e| note(t, e, || Ok(format!("when serializing {} object", full_name(t, v)))))
        })
    }
    /// Writes a container unless it is already being written.
    fn guarded(&mut self, v: &Value, f: impl FnOnce(&mut Self) -> PyResult<()>) -> PyResult<()> {
        if !self.circular {
            return f(self);
        }
        if self.open.contains(&v.identity()) {
            return Err(self.t.value_error("Circular reference detected"));
        }
        self.open.push(v.identity());
        let result = f(self);
        self.open.pop();
        result
    }
    fn line(&mut self, level: usize) -> PyResult<()> {
        let Some(indent) = self.indent.clone() else { return Ok(()) };
        self.out.push_ascii(b'\n');
        for _ in 0..level {
            self.push_str(&indent)?;
        }
        Ok(())
    }
    fn separator(&mut self, first: bool, level: usize) -> PyResult<()> {
        if !first {
            let separator = self.item_separator.clone();
            self.push_str(&separator)?;
        }
        self.line(level)
    }
    fn array(&mut self, v: &Value, level: usize) -> PyResult<()> {
        let t = self.t;
        let get = |i: usize| match list::as_list(v) {
            Some(l) => l.get(i),
            None => tuple::items(v).get(i).cloned(),
        };
        let mut i = 0;
        while let Some(member) = get(i) {
            if i == 0 {
                self.out.push_ascii(b'[');
            }
            self.separator(i == 0, level + 1)?;
            self.value(&member, level + 1)
                .map_err(|e| note(t, e, || Ok(format!("when serializing {} item {i}", full_name(t, v)))))?;
            i += 1;
        }
        if i == 0 {
            self.out.push_str("[]");
            return Ok(());
        }
        self.line(level)?;
        self.out.push_ascii(b']');
        Ok(())
    }
    fn object(&mut self, v: &Value, level: usize) -> PyResult<()> {
        let t = self.t;
        if dict::len(v) == 0 {
            self.out.push_str("{}");
            return Ok(());
        }
        self.out.push_ascii(b'{');
        let mut first = true;
        if self.sort_keys || !dict::TYPE.is_exact(t, v) {
            let items = protocol::call_method(t, v, &t.names().items, &[])?;
            let items = list::new(t, protocol::collect(t, &items)?);
            if self.sort_keys {
                list::sort::sort(t, &items, &Value::none(), false)?;
            }
            for item in protocol::collect(t, &items)? {
                let [key, value] = tuple::items(&item) else {
                    return Err(t.value_error("items must return 2-tuples"));
                };
                self.item(v, key, value, &mut first, level)?;
            }
        } else {
            let mut at = 0;
            while let Some((key, value)) = dict::next_item(v, &mut at) {
                self.item(v, &key, &value, &mut first, level)?;
            }
        }
        if !first {
            self.line(level)?;
        }
        self.out.push_ascii(b'}');
        Ok(())
    }
    fn item(&mut self, owner: &Value, key: &Value, value: &Value, first: &mut bool, level: usize) -> PyResult<()> {
        let t = self.t;
        let text = if str::is_str(key) {
            key.clone()
        } else {
            match self.scalar(key)? {
                Some(s) => str::new(t, s.text()),
                None if self.skip_keys => return Ok(()),
                None => {
                    let name = type_::type_name(t, key);
                    return Err(t.type_error(format!("keys must be str, int, float, bool or None, not {name}")));
                }
            }
        };
        self.separator(std::mem::take(first), level + 1)?;
        self.string(&text)?;
        let separator = self.key_separator.clone();
        self.push_str(&separator)?;
        self.value(value, level + 1).map_err(|e| {
            note(t, e, || {
                let key = str::display(&protocol::repr(t, key)?);
                Ok(format!("when serializing {} item {key}", full_name(t, owner)))
            })
        })
    }
}

/// The text of a value that is no container.
enum Scalar {
    Word(&'static ::core::primitive::str),
    Text(String),
}

impl Scalar {
    fn text(&self) -> &::core::primitive::str {
        match self {
            Scalar::Word(w) => w,
            Scalar::Text(s) => s,
        }
    }
}

fn full_name(t: Attached<'_>, v: &Value) -> String {
    type_::class_of(t, v).full_name(t)
}

/// The error with a note of where it happened.
#[cold]
fn note(t: Attached<'_>, e: Raised, words: impl FnOnce() -> PyResult<String>) -> Raised {
    let exception = t.take_raised(e);
    let noted = words().and_then(|words| {
        let add = attr::get_by_name(t, &exception, "add_note")?;
        protocol::call(t, &add, &[str::new(t, &words)])
    });
    if let Err(other) = noted {
        drop(t.take_raised(other));
    }
    t.set_raised(exception)
}
