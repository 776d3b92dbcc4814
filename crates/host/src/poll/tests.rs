//! Each way of waiting sees a pipe become readable, and refuses bad numbers.

use super::*;
use crate::fs;

#[test]
fn three_ways_to_wait() {
    let (reader, writer) = fs::pipe2(libc::O_CLOEXEC).unwrap();
    let soon = Some(Timespec::from_nanos(2_000_000));
    assert_eq!(select(&[reader], &[], &[], soon), Ok((vec![], vec![], vec![])));
    assert_eq!(wait_for(reader, libc::POLLIN, soon), Ok(0));
    let epoll = epoll_create(libc::EPOLL_CLOEXEC).unwrap();
    epoll_add(epoll, reader, libc::EPOLLIN as u32).unwrap();
    assert_eq!(epoll_add(epoll, reader, 0), Err(Errno::EEXIST));
    assert_eq!(epoll_wait(epoll, 4, 1), Ok(vec![]));

    fs::write(writer, b"x").unwrap();
    assert_eq!(select(&[reader], &[writer], &[], None), Ok((vec![reader], vec![writer], vec![])));
    let mut fds = [PollFd { fd: reader, events: libc::POLLIN, revents: 0 }, PollFd { fd: 999_999, events: 0, revents: 0 }];
    assert_eq!(poll(&mut fds, -1), Ok(2));
    assert_eq!((fds[0].revents, fds[1].revents), (libc::POLLIN, libc::POLLNVAL));
    assert_eq!(wait_for(reader, libc::POLLIN, None), Ok(libc::POLLIN));
    assert_eq!(epoll_wait(epoll, 4, -1), Ok(vec![(reader, libc::EPOLLIN as u32)]));
    epoll_modify(epoll, reader, 0).unwrap();
    assert_eq!(epoll_wait(epoll, 4, 0), Ok(vec![]));
    epoll_remove(epoll, reader).unwrap();

    assert_eq!(select(&[-1], &[], &[], soon), Err(Errno::EINVAL));
    assert_eq!(select(&[SELECT_LIMIT], &[], &[], soon), Err(Errno::EINVAL));
    assert_eq!(select(&[SELECT_LIMIT - 1], &[], &[], soon), Err(Errno::EBADF));
    assert_eq!(epoll_wait(epoll, 0, 0), Err(Errno::EINVAL));
    assert_eq!(epoll_wait(epoll, usize::MAX, 0), Err(Errno::EINVAL));
    for fd in [reader, writer, epoll] {
        fs::close(fd).unwrap();
    }
}
