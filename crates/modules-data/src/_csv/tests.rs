//! Tests of `_csv`.

use orochi_objects::{Args, Attached, PyResult, Value, attr, list, protocol, str};

use crate::tests::{call, in_every_mode, module, shown};

fn with(t: Attached<'_>, m: &Value, name: &core::primitive::str, first: Value, settings: &[(&core::primitive::str, Value)]) -> PyResult {
    let f = attr::get_by_name(t, m, name)?;
    let names: Vec<Value> = settings.iter().map(|(n, _)| str::intern(t, n)).collect();
    let all: Vec<Value> = std::iter::once(first).chain(settings.iter().map(|(_, v)| v.clone())).collect();
    protocol::call_args(t, &f, Args::with_names(&all, &names))
}

#[test]
fn records_in_and_out() {
    in_every_mode(|t| {
        let m = module(t, &super::MODULE);
        let lines = |lines: &[&core::primitive::str]| list::new(t, lines.iter().map(|l| str::new(t, l)).collect());
        let read = |l: &[&core::primitive::str], settings: &[(&core::primitive::str, Value)]| {
            shown(t, with(t, &m, "reader", lines(l), settings).and_then(|r| protocol::collect(t, &r)).map(|v| list::new(t, v)))
        };
        assert_eq!(read(&["a\"b\"c", "\"a\"b", "a,\"b\n", "c\",d"], &[]), r#"[['a"b"c'], ['ab'], ['a', 'b\nc', 'd']]"#);
        assert_eq!(read(&["1,\"a\",,\"\""], &[("quoting", Value::i32(4))]), "[[1.0, 'a', None, '']]");
        assert_eq!(read(&["\"a\"b"], &[("strict", Value::bool(true))]), "',' expected after '\"'");
        assert_eq!(read(&["a"], &[("delimiter", str::new(t, "ab"))]), "\"delimiter\" must be a unicode character, not a string of length 2");
        assert_eq!(read(&["a"], &[("foo", Value::none())]), "this function got an unexpected keyword argument 'foo'");
        // A list's `append` serves as `write`.
        let out = list::new(t, Vec::new());
        let file = orochi_objects::module::new(t, "file");
        let append = attr::get_by_name(t, &out, "append").expect("a method");
        attr::set(t, &file, &str::intern(t, "write"), Some(&append)).expect("set");
        let w = with(t, &m, "writer", file, &[]).expect("a writer");
        let row = list::new(t, vec![Value::i32(1), Value::none(), str::new(t, "a,b"), str::new(t, "a\"b")]);
        call(t, &w, "writerow", &[row]).expect("written");
        call(t, &w, "writerow", &[lines(&[""])]).expect("written");
        assert_eq!(shown(t, Ok(out)), r#"['1,,"a,b","a""b"\r\n', '""\r\n']"#);
    });
}
