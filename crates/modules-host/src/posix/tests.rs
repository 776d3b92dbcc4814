//! Tests of `posix` without an eval loop.

use orochi_objects::{Value, attr, dict, protocol, str, tuple};

use crate::tests::{call, in_every_mode, message};

#[test]
fn files_and_directories() {
    in_every_mode(|t| {
        let m = crate::posix::MODULE.make(t).expect("a module");
        let base = format!("/tmp/orochi-posix-{}-{}", std::process::id(), t.base.slot());
        let text = |s: &str| str::new(t, s);
        call(t, &m, "mkdir", &[text(&base)]);
        assert_eq!(message(t, &m, "mkdir", &[text(&base)]), format!("[Errno 17] File exists: '{base}'"));
        let file = text(&format!("{base}/f"));
        let fd = call(t, &m, "open", &[file.clone(), Value::i32(0o102)]);
        let data = orochi_objects::bytes::new(t, b"hello");
        assert_eq!(call(t, &m, "write", &[fd.clone(), data]).as_small_int(), Some(5));
        call(t, &m, "lseek", &[fd.clone(), Value::i32(1), Value::i32(0)]);
        let back = call(t, &m, "read", &[fd.clone(), Value::i32(10)]);
        assert_eq!(orochi_objects::bytes::as_bytes(&back), Some(&b"ello"[..]));
        call(t, &m, "close", &[fd]);
        let stat = call(t, &m, "stat", std::slice::from_ref(&file));
        let size = attr::get_by_name(t, &stat, "st_size").expect("a field");
        assert_eq!(size.as_small_int(), Some(5));
        let names = call(t, &m, "listdir", &[text(&base)]);
        assert_eq!(protocol::display_repr(t, &names), "['f']");
        let entries = call(t, &m, "scandir", &[text(&base)]);
        let entry = protocol::next(t, &entries).expect("readable").expect("one");
        assert_eq!(protocol::display_repr(t, &entry), "<DirEntry 'f'>");
        assert_eq!(call(t, &entry, "is_file", &[]).as_bool(), Some(true));
        assert!(protocol::next(t, &entries).expect("readable").is_none());
        call(t, &m, "unlink", &[file]);
        call(t, &m, "rmdir", &[text(&base)]);
        assert_eq!(message(t, &m, "stat", &[text("a\0b")]), "stat: embedded null character in path");
        let odd = call(t, &m, "_path_normpath", &[text("a/../b//./c")]);
        assert_eq!(str::display(&odd), "b/c");
    });
}

#[test]
fn children() {
    in_every_mode(|t| {
        let m = crate::posix::MODULE.make(t).expect("a module");
        let pid = call(t, &m, "fork", &[]);
        if pid.as_small_int() == Some(0) {
            call(t, &m, "_exit", &[Value::i32(7)]);
        }
        let done = call(t, &m, "waitpid", &[pid, Value::i32(0)]);
        let code = call(t, &m, "waitstatus_to_exitcode", &[tuple::items(&done)[1].clone()]);
        assert_eq!(code.as_small_int(), Some(7));
        let argv = tuple::new(t, vec![str::new(t, "true")]);
        let pid = call(t, &m, "posix_spawnp", &[str::new(t, "true"), argv, dict::new(t)]);
        let done = call(t, &m, "waitpid", &[pid, Value::i32(0)]);
        assert_eq!(tuple::items(&done)[1].as_small_int(), Some(0));
    });
}
