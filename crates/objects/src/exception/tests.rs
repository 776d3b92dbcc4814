//! Tests of exception classes: attributes, texts, groups.

use orochi_heap::Value;

use crate::tests::in_every_mode;
use crate::thread::Attached;
use crate::{exception, int, list, protocol, str, tuple, type_};

fn text(t: Attached<'_>, v: &Value) -> String {
    str::display(&protocol::str(t, v).expect("a text"))
}
fn make(t: Attached<'_>, spec: &'static crate::TypeSpec, args: &[Value]) -> Value {
    protocol::call(t, spec.get(t), args).unwrap_or_else(|e| panic!("{}", text(t, &t.take_raised(e))))
}
fn attribute(t: Attached<'_>, v: &Value, name: &str) -> Value {
    crate::attr::get_by_name(t, v, name).unwrap_or_else(|e| panic!("{}", text(t, &t.take_raised(e))))
}

#[test]
fn os_errors_become_their_subclass() {
    in_every_mode(|t| {
        let raised = exception::os_error(t, 2, Some(&str::new(t, "a'b")));
        let e = t.take_raised(raised);
        assert_eq!(type_::type_name(t, &e), "FileNotFoundError");
        assert_eq!(text(t, &e), "[Errno 2] No such file or directory: \"a'b\"");
        assert_eq!(tuple::items(&attribute(t, &e, "args")).len(), 2);
        let e = make(t, &exception::OSError, &[Value::i32(11), str::new(t, "x"), Value::i32(33)]);
        assert_eq!(int::as_i64(&attribute(t, &e, "characters_written")), Some(33));
        assert!(attribute(t, &e, "filename").is_none());
    });
}

#[test]
fn stop_iteration_keeps_its_value() {
    in_every_mode(|t| {
        let e = make(t, &exception::StopIteration, &[Value::i32(5)]);
        let new_args = tuple::new(t, vec![Value::i32(6)]);
        crate::attr::set(t, &e, &t.names().args, Some(&new_args)).expect("settable");
        assert_eq!(int::as_i64(&attribute(t, &e, "value")), Some(5));
        let raised = exception::stop_iteration(t, Value::none());
        let e = t.take_raised(raised);
        assert!(exception::stop_value(t, &e).is_none());
    });
}

#[test]
fn unicode_errors_say_where() {
    in_every_mode(|t| {
        let args = [str::new(t, "utf-8"), crate::bytes::new(t, b"a\xff"), Value::i32(1), Value::i32(2), str::new(t, "bad")];
        let e = make(t, &exception::UnicodeDecodeError, &args);
        assert_eq!(text(t, &e), "'utf-8' codec can't decode byte 0xff in position 1: bad");
        let args = [str::new(t, "ascii"), str::new(t, "a€b"), Value::i32(1), Value::i32(3), str::new(t, "no")];
        let e = make(t, &exception::UnicodeEncodeError, &args);
        assert_eq!(text(t, &e), "'ascii' codec can't encode characters in position 1-2: no");
        let args = [str::new(t, "a€b"), Value::i32(1), Value::i32(2), str::new(t, "no")];
        let e = make(t, &exception::UnicodeTranslateError, &args);
        assert_eq!(text(t, &e), "can't translate character '\\u20ac' in position 1: no");
    });
}

#[test]
fn syntax_errors_name_file_and_line() {
    in_every_mode(|t| {
        let place = tuple::new(t, vec![str::new(t, "/x/y.py"), Value::i32(3), Value::i32(1), Value::none()]);
        let e = make(t, &exception::SyntaxError, &[str::new(t, "bad"), place]);
        assert_eq!(text(t, &e), "bad (y.py, line 3)");
    });
}

#[test]
fn groups_split() {
    in_every_mode(|t| {
        let group_type = exception::ExceptionGroup.get(t);
        assert!(type_::as_type(group_type).is_subtype(type_::as_type(exception::Exception.get(t))));
        let members = vec![make(t, &exception::ValueError, &[Value::i32(1)]), make(t, &exception::TypeError, &[])];
        let inner = make(t, &exception::BaseExceptionGroup, &[str::new(t, "in"), list::new(t, members)]);
        assert!(type_::type_of(t, &inner).is(group_type));
        let key = make(t, &exception::KeyError, &[Value::i32(2)]);
        let outer = make(t, &exception::ExceptionGroup, &[str::new(t, "out"), list::new(t, vec![inner, key])]);
        assert_eq!(text(t, &outer), "out (2 sub-exceptions)");
        let Ok((yes, no)) = exception::group::except_star(t, &outer, exception::ValueError.get(t)) else { panic!() };
        assert_eq!(text(t, &yes), "out (1 sub-exception)");
        let rest = exception::group::exceptions(&no);
        assert_eq!(tuple::items(&rest).len(), 2);
        let again = exception::group::reraise_star(t, &outer, &[no]).expect("no failure");
        assert_eq!(text(t, &again), "out (2 sub-exceptions)");
        let bad = protocol::call(t, group_type, &[str::new(t, "x"), list::new(t, vec![make(t, &exception::SystemExit, &[])])]);
        let e = t.take_raised(bad.expect_err("must fail"));
        assert_eq!(text(t, &e), "Cannot nest BaseExceptions in an ExceptionGroup");
    });
}

#[test]
fn attribute_errors_know_object_and_name() {
    in_every_mode(|t| {
        let e = crate::attr::get_by_name(t, &Value::i32(1), "nope").expect_err("no such attribute");
        let e = t.take_raised(e);
        assert_eq!(str::display(&attribute(t, &e, "name")), "nope");
        assert_eq!(int::as_i64(&attribute(t, &e, "obj")), Some(1));
    });
}
