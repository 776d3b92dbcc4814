//! Random bytes from the kernel.

use crate::errno::{Errno, Result, count, zeroed};

/// `getrandom(2)` into `buffer`, with `GRND_*` flags; answers how many bytes came.
pub fn getrandom(buffer: &mut [u8], flags: u32) -> Result<usize> {
    // SAFETY: the buffer is writable for its length.
    count(unsafe { libc::getrandom(buffer.as_mut_ptr().cast(), buffer.len(), flags) })
}

/// Fills `buffer` whole. Here alone `EINTR` is retried: once the pool is ready, requests of up to 256
/// bytes are not interrupted, and longer ones have no meaning for a signal handler.
pub fn fill(buffer: &mut [u8]) -> Result<()> {
    let mut rest = buffer;
    while !rest.is_empty() {
        match getrandom(rest, 0) {
            Ok(n) => rest = &mut rest[n..],
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// `len` random bytes.
pub fn bytes(len: usize) -> Result<Vec<u8>> {
    let mut bytes = zeroed(len)?;
    fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #[test]
    fn two_draws_differ() {
        assert_ne!(super::bytes(32).unwrap(), super::bytes(32).unwrap());
        assert_eq!(super::bytes(1000).unwrap().len(), 1000);
    }
}
