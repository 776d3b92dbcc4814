//! Real calls in a folder of their own under the system's temporary one.

use super::*;
use crate::Errno;
use crate::clock::Timespec;
use std::ffi::{CStr, CString};
use std::io::{IoSlice, IoSliceMut};

/// A folder that goes away with its value; paths are relative to `fd`.
struct Folder {
    path: CString,
    fd: i32,
}

impl Folder {
    fn new(word: &str) -> Folder {
        let path = CString::new(format!("/tmp/orochi-host-{word}-{}", crate::process::getpid())).unwrap();
        mkdir(CWD, &path, 0o700).unwrap();
        let fd = open(CWD, &path, libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC, 0).unwrap();
        Folder { path, fd }
    }

    fn file(&self, name: &CStr, content: &[u8]) -> i32 {
        let fd = open(self.fd, name, libc::O_RDWR | libc::O_CREAT | libc::O_EXCL | libc::O_CLOEXEC, 0o600).unwrap();
        assert_eq!(write(fd, content), Ok(content.len()));
        fd
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        for entry in Directory::from_descriptor(self.fd).unwrap() {
            let entry = entry.unwrap();
            let name = CString::new(entry.name).unwrap();
            let _ = unlink(self.fd, &name).or_else(|_| rmdir(self.fd, &name));
        }
        close(self.fd).unwrap();
        rmdir(CWD, &self.path).unwrap();
    }
}

#[test]
fn bytes_go_in_and_out() {
    let folder = Folder::new("bytes");
    let fd = folder.file(c"a", b"hello world");
    assert_eq!(lseek(fd, 0, libc::SEEK_SET), Ok(0));
    assert_eq!(read_vec(fd, 5).unwrap(), b"hello");
    assert_eq!(pread_vec(fd, 100, 6).unwrap(), b"world");
    assert_eq!(pwrite(fd, b"W", 6), Ok(1));
    let (mut one, mut two) = ([0; 2], [0; 3]);
    assert_eq!(preadv(fd, &mut [IoSliceMut::new(&mut one), IoSliceMut::new(&mut two)], 5, 0), Ok(5));
    assert_eq!((&one, &two), (b" W", b"orl"));
    assert_eq!(pwritev(fd, &[IoSlice::new(b"x"), IoSlice::new(b"yz")], 0, 0), Ok(3));
    ftruncate(fd, 4).unwrap();
    assert_eq!(fstat(fd).unwrap().size, 4);
    assert_eq!(pread_vec(fd, 9, 0).unwrap(), b"xyzl");
    let target = folder.file(c"b", b"");
    assert_eq!(sendfile(target, fd, Some(1), 3), Ok(3));
    assert_eq!(pread_vec(target, 9, 0).unwrap(), b"yzl");
    assert_eq!(copy_file_range(fd, Some(0), target, Some(3), 2, 0), Ok(2));
    assert_eq!(pread_vec(target, 9, 0).unwrap(), b"yzlxy");
    posix_fallocate(fd, 0, 100).unwrap();
    assert_eq!(fstat(fd).unwrap().size, 100);
    fsync(fd).unwrap();
    flock(fd, libc::LOCK_EX | libc::LOCK_NB).unwrap();
    record_lock(fd, libc::F_WRLCK, false, 0, 0, 0).unwrap();
    close(fd).unwrap();
    close(target).unwrap();
}

#[test]
fn whole_files() {
    let folder = Folder::new("whole");
    let path = CString::new([folder.path.as_bytes(), b"/f"].concat()).unwrap();
    let data: Vec<u8> = (0..100_000u32).map(|i| i as u8).collect();
    write_file(&path, &data, 0o600).unwrap();
    assert_eq!(read_file(&path).unwrap(), data);
    write_file(&path, b"", 0o600).unwrap();
    assert_eq!(read_file(&path).unwrap(), b"");
    assert_eq!(read_file(&folder.path), Err(Errno::EISDIR));
    assert!(read_file(c"/proc/self/status").unwrap().starts_with(b"Name:"));
    assert_eq!(read_file(c"/no/such"), Err(Errno::ENOENT));
}

#[test]
fn closed_numbers_give_ebadf() {
    for fd in [-1, i32::MIN, i32::MAX] {
        assert_eq!(read_vec(fd, 4), Err(Errno::EBADF));
        assert_eq!(write(fd, b"x"), Err(Errno::EBADF));
        assert_eq!(close(fd), Err(Errno::EBADF));
        assert_eq!(fstat(fd).unwrap_err(), Errno::EBADF);
        assert_eq!(dup(fd), Err(Errno::EBADF));
        assert_eq!(dup2(fd, 7, false), Err(Errno::EBADF));
        assert_eq!(get_inheritable(fd), Err(Errno::EBADF));
        assert_eq!(ioctl_bytes(fd, libc::TIOCGWINSZ, &mut [0; 8]), Err(Errno::EBADF));
        assert_eq!(Directory::from_descriptor(fd).unwrap_err(), Errno::EBADF);
        assert!(!isatty(fd) && !is_open(fd));
    }
}

#[test]
fn names_links_modes_and_times() {
    let folder = Folder::new("names");
    let fd = folder.file(c"file", b"12345");
    symlink(c"file", folder.fd, c"link").unwrap();
    assert_eq!(readlink(folder.fd, c"link").unwrap(), b"file");
    assert_eq!(readlink(folder.fd, c"file"), Err(Errno::EINVAL));
    link(folder.fd, c"file", folder.fd, c"second", false).unwrap();
    let stat = fstatat(folder.fd, c"link", true).unwrap();
    assert!(stat.is_file() && stat.nlink == 2 && stat.size == 5);
    assert!(fstatat(folder.fd, c"link", false).unwrap().is_symlink());
    chmod(folder.fd, c"file", 0o640, true).unwrap();
    assert_eq!(fstat(fd).unwrap().mode & 0o777, 0o640);
    let (access_time, modify_time) = (Timespec { sec: 5, nsec: 7 }, Timespec { sec: 1_000_000_000, nsec: 123_456_789 });
    utime(folder.fd, c"file", Some((access_time, modify_time)), true).unwrap();
    let stat = fstat(fd).unwrap();
    assert_eq!((stat.atime, stat.mtime), (access_time, modify_time));
    rename(folder.fd, c"second", folder.fd, c"third").unwrap();
    assert_eq!(fstatat(folder.fd, c"second", true).unwrap_err(), Errno::ENOENT);
    assert!(access(folder.fd, c"third", libc::R_OK, false, true));
    assert!(!access(folder.fd, c"second", libc::F_OK, false, true));
    mkfifo(folder.fd, c"fifo", 0o600).unwrap();
    mkdir(folder.fd, c"dir", 0o700).unwrap();
    assert_eq!(mkdir(folder.fd, c"dir", 0o700), Err(Errno::EEXIST));
    let mut entries: Vec<_> = Directory::open(&folder.path).unwrap().map(Result::unwrap).collect();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let kinds: Vec<_> = entries.iter().map(|e| (e.name.as_slice(), e.kind)).collect();
    assert_eq!(
        kinds,
        [
            (b"dir".as_slice(), KIND_DIRECTORY),
            (b"fifo", libc::DT_FIFO),
            (b"file", KIND_FILE),
            (b"link", KIND_SYMLINK),
            (b"third", KIND_FILE)
        ]
    );
    assert_eq!(entries[2].ino, stat.ino);
    assert_eq!(flistdir(folder.fd).unwrap().len(), 5);
    assert_eq!(flistdir(folder.fd).unwrap().len(), 5);
    assert_eq!(realpath(&folder.path).unwrap(), folder.path.as_bytes());
    assert!(statvfs(&folder.path).unwrap().bsize > 0);
    assert_eq!(pathconf(&folder.path, libc::_PC_NAME_MAX).unwrap(), Some(255));
    assert_eq!(pathconf(&folder.path, 9999), Err(Errno::EINVAL));
    assert!(!getcwd().unwrap().is_empty());
    close(fd).unwrap();
}

#[test]
fn attributes_of_files() {
    let folder = Folder::new("xattr");
    let fd = folder.file(c"file", b"");
    let subject = Subject::Descriptor(fd);
    match setxattr(subject, c"user.note", b"some value", 0) {
        // Not every file system has them.
        Err(error) => assert_eq!(error, Errno::ENOTSUP),
        Ok(()) => {
            assert_eq!(getxattr(subject, c"user.note").unwrap(), b"some value");
            assert!(listxattr(subject).unwrap().contains(&b"user.note".to_vec()));
            removexattr(subject, c"user.note").unwrap();
            assert_eq!(getxattr(subject, c"user.note"), Err(Errno(libc::ENODATA)));
        }
    }
    close(fd).unwrap();
}

#[test]
fn descriptors_of_special_kinds() {
    let (reader, writer) = pipe2(libc::O_CLOEXEC).unwrap();
    assert_eq!(get_inheritable(reader), Ok(false));
    set_inheritable(reader, true).unwrap();
    assert_eq!(get_inheritable(reader), Ok(true));
    set_blocking(reader, false).unwrap();
    assert_eq!(get_blocking(reader), Ok(false));
    assert_eq!(read_vec(reader, 1), Err(Errno::EAGAIN));
    assert_eq!(writev(writer, &[IoSlice::new(b"ab"), IoSlice::new(b"c")]), Ok(3));
    assert_eq!(available(reader), Ok(3));
    let mut waiting = [0; 4];
    ioctl_bytes(reader, libc::FIONREAD, &mut waiting).unwrap();
    assert_eq!(i32::from_ne_bytes(waiting), 3);
    assert_eq!(fcntl(reader, libc::F_GETFL, 0).unwrap() & libc::O_NONBLOCK, libc::O_NONBLOCK);
    let mut bytes = b"-".to_vec();
    assert_eq!(read_append(reader, &mut bytes, 10), Ok(3));
    assert_eq!(bytes, b"-abc");
    let copy = dup(writer).unwrap();
    assert_eq!(get_inheritable(copy), Ok(false));
    close(copy).unwrap();
    close(writer).unwrap();
    close(reader).unwrap();

    let counter = eventfd(3, libc::EFD_CLOEXEC).unwrap();
    eventfd_write(counter, 4).unwrap();
    assert_eq!(eventfd_read(counter), Ok(7));
    close(counter).unwrap();

    let timer = timerfd_create(libc::CLOCK_MONOTONIC, libc::TFD_CLOEXEC).unwrap();
    let setting = TimerSetting { value: Timespec { sec: 0, nsec: 1_000_000 }, interval: Timespec::ZERO };
    timerfd_settime(timer, 0, setting).unwrap();
    assert_eq!(read_vec(timer, 8).unwrap(), 1u64.to_ne_bytes());
    assert_eq!(timerfd_gettime(timer).unwrap().value, Timespec::ZERO);
    close(timer).unwrap();
}
