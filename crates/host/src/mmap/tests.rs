//! Maps: copies at every alignment, bounds, access, growth.

use super::*;

#[test]
fn copies_at_every_alignment_stay_in_bounds() {
    let map = Map::anonymous(4096).unwrap();
    let data: Vec<u8> = (0..100).map(|i| i as u8 ^ 0x5a).collect();
    for at in 0..20 {
        for len in [0, 1, 7, 8, 9, 33, 100] {
            map.write(at, &data[..len]).unwrap();
            assert_eq!(map.read_vec(at, len).unwrap(), &data[..len]);
        }
    }
    assert_eq!(map.write(4090, &data), Err(Errno::EINVAL));
    assert_eq!(map.read_vec(usize::MAX, 2), Err(Errno::EINVAL));
    assert_eq!(map.get(4096), None);
    map.write(0, b"abcabc").unwrap();
    assert_eq!(map.find(b"bc", 0, 6, false), Some(1));
    assert_eq!(map.find(b"bc", 0, 6, true), Some(4));
    assert_eq!(map.find(b"bcd", 0, 6, true), None);
    assert_eq!(map.find_byte(b'c', 3, 6), Some(5));
    let large = Map::anonymous(300_000).unwrap();
    for at in [0, 65_530, 65_536, 131_071, 299_994] {
        large.write(at, b"needle").unwrap();
        assert_eq!(large.find(b"needle", 0, 300_000, false), Some(at));
        assert_eq!(large.find(b"needle", 0, 300_000, true), Some(at));
        assert_eq!(large.find(b"needle", 0, at + 5, false), None);
        assert_eq!(large.find(b"needle", at + 1, 300_000, true), None);
        large.write(at, &[0; 6]).unwrap();
    }
    let long = vec![0; 200_000];
    assert_eq!(large.find(&long, 7, 300_000, false), Some(7));
    assert_eq!(large.find(&long, 7, 300_000, true), Some(100_000));
    map.copy_within(1, 0, 5).unwrap();
    assert_eq!(map.read_vec(0, 6).unwrap(), b"aabcab");
}

#[test]
fn read_only_maps_refuse_writes_and_maps_grow() {
    let map = Map::new(-1, 100, 0, libc::PROT_READ, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS).unwrap();
    assert_eq!(map.write(0, b"x"), Err(Errno::EACCES));
    assert_eq!(map.get(0), Some(0));
    let fd = crate::fs::memfd_create(c"grow", libc::MFD_CLOEXEC).unwrap();
    crate::fs::ftruncate(fd, 8192).unwrap();
    let mut map = Map::new(fd, 4096, 0, libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED).unwrap();
    map.write(0, b"kept").unwrap();
    map.resize(8192).unwrap();
    map.write(8188, b"tail").unwrap();
    map.flush(0, 8192, libc::MS_SYNC).unwrap();
    let mut tail = [0; 4];
    assert_eq!(crate::fs::pread(fd, &mut tail, 8188), Ok(4));
    assert_eq!(&tail, b"tail");
    assert_eq!(map.read_vec(0, 4).unwrap(), b"kept");
    crate::fs::close(fd).unwrap();
    assert_eq!(Map::new(fd, 4096, 0, libc::PROT_READ, libc::MAP_SHARED).unwrap_err(), Errno::EBADF);
    assert_eq!(Map::new(-1, 0, 0, libc::PROT_READ, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS).unwrap_err(), Errno::EINVAL);
}
