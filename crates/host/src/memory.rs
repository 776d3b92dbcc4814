//! How much memory the process uses, and how large a page is.

use crate::errno::{Errno, Result};

/// Size of a page in bytes.
pub fn page_size() -> usize {
    // SAFETY: only an integer crosses.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}

/// Largest resident size so far, in bytes.
pub fn peak_resident() -> Result<u64> {
    let usage = crate::process::getrusage(libc::RUSAGE_SELF)?;
    Ok(usage.maxrss.max(0) as u64 * 1024)
}

/// Resident size now, in bytes.
pub fn resident() -> Result<u64> {
    let fd = crate::fs::open(crate::fs::CWD, c"/proc/self/statm", libc::O_RDONLY | libc::O_CLOEXEC, 0)?;
    let text = crate::fs::read_vec(fd, 256);
    let _ = crate::fs::close(fd);
    let text = text?;
    let pages = text.split(|b| *b == b' ').nth(1).and_then(|w| std::str::from_utf8(w).ok()).and_then(|w| w.parse::<u64>().ok());
    Ok(pages.ok_or(Errno::EIO)?.saturating_mul(page_size() as u64))
}

/// Gives free memory of libc's allocator back to the system.
pub fn trim() {
    // SAFETY: only an integer crosses; the allocator guards itself.
    unsafe { libc::malloc_trim(0) };
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_process_uses_some_memory() {
        assert!(super::resident().unwrap() > 0);
        assert!(super::peak_resident().unwrap() >= super::page_size() as u64);
    }
}
