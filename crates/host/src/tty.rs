//! Terminals: modes, queues, window size.

use crate::errno::{Result, check, done};

/// Number of special characters in a terminal's modes.
pub const SPECIAL_CHARACTERS: usize = libc::NCCS;

/// The modes of a terminal. Speeds are `B*` codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Modes {
    pub input: u32,
    pub output: u32,
    pub control: u32,
    pub local: u32,
    pub input_speed: u32,
    pub output_speed: u32,
    pub special: [u8; SPECIAL_CHARACTERS],
}

/// Reads the modes of terminal `fd`.
pub fn tcgetattr(fd: i32) -> Result<Modes> {
    // SAFETY: the structure is plain integers.
    let mut c: libc::termios = unsafe { std::mem::zeroed() };
    // SAFETY: the structure is a local that outlives the call.
    done(unsafe { libc::tcgetattr(fd, &raw mut c) })?;
    // SAFETY: both read the structure that the call has filled.
    let (input_speed, output_speed) = unsafe { (libc::cfgetispeed(&raw const c), libc::cfgetospeed(&raw const c)) };
    Ok(Modes {
        input: c.c_iflag,
        output: c.c_oflag,
        control: c.c_cflag,
        local: c.c_lflag,
        input_speed,
        output_speed,
        special: c.c_cc,
    })
}

/// Sets the modes of terminal `fd`; `when` is `TCSANOW`, `TCSADRAIN` or `TCSAFLUSH`. `EINVAL` for a speed
/// that is no `B*` code.
pub fn tcsetattr(fd: i32, when: i32, modes: &Modes) -> Result<()> {
    // SAFETY: the structure is plain integers.
    let mut c: libc::termios = unsafe { std::mem::zeroed() };
    // SAFETY: as above. Fields that `Modes` does not carry keep the terminal's values.
    done(unsafe { libc::tcgetattr(fd, &raw mut c) })?;
    c.c_iflag = modes.input;
    c.c_oflag = modes.output;
    c.c_cflag = modes.control;
    c.c_lflag = modes.local;
    c.c_cc = modes.special;
    // SAFETY: the structure is a local; libc checks the code.
    done(unsafe { libc::cfsetispeed(&raw mut c, modes.input_speed) })?;
    // SAFETY: as above.
    done(unsafe { libc::cfsetospeed(&raw mut c, modes.output_speed) })?;
    // SAFETY: the structure is a local that outlives the call.
    done(unsafe { libc::tcsetattr(fd, when, &raw const c) })
}

/// Sends a break.
pub fn tcsendbreak(fd: i32, duration: i32) -> Result<()> {
    // SAFETY: only integers cross.
    done(unsafe { libc::tcsendbreak(fd, duration) })
}

/// Waits until all output is sent.
pub fn tcdrain(fd: i32) -> Result<()> {
    // SAFETY: only an integer crosses.
    done(unsafe { libc::tcdrain(fd) })
}

/// Drops queued data (`TCIFLUSH`, `TCOFLUSH`, `TCIOFLUSH`).
pub fn tcflush(fd: i32, queue: i32) -> Result<()> {
    // SAFETY: only integers cross.
    done(unsafe { libc::tcflush(fd, queue) })
}

/// Stops or restarts the flow of data (`TCOOFF` and so on).
pub fn tcflow(fd: i32, action: i32) -> Result<()> {
    // SAFETY: only integers cross.
    done(unsafe { libc::tcflow(fd, action) })
}

/// Size of a terminal's window, in characters and in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WindowSize {
    pub rows: u16,
    pub columns: u16,
    pub width: u16,
    pub height: u16,
}

/// Reads the window size of terminal `fd`.
pub fn window_size(fd: i32) -> Result<WindowSize> {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the request fills a `winsize`, a local that outlives the call.
    check(unsafe { libc::ioctl(fd, libc::TIOCGWINSZ, &raw mut size) })?;
    Ok(WindowSize { rows: size.ws_row, columns: size.ws_col, width: size.ws_xpixel, height: size.ws_ypixel })
}

/// Sets the window size of terminal `fd`.
pub fn set_window_size(fd: i32, size: WindowSize) -> Result<()> {
    let size = libc::winsize { ws_row: size.rows, ws_col: size.columns, ws_xpixel: size.width, ws_ypixel: size.height };
    // SAFETY: the request reads a `winsize`, a local that outlives the call.
    check(unsafe { libc::ioctl(fd, libc::TIOCSWINSZ, &raw const size) }).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs;

    #[test]
    fn modes_and_size_of_a_terminal_pair() {
        let (controller, terminal) = fs::openpty().unwrap();
        assert!(fs::isatty(terminal));
        assert_eq!(fs::ttyname(terminal).unwrap(), fs::ptsname(controller).unwrap());
        let mut modes = tcgetattr(terminal).unwrap();
        modes.local &= !(libc::ECHO | libc::ICANON);
        modes.special[libc::VMIN] = 1;
        tcsetattr(terminal, libc::TCSANOW, &modes).unwrap();
        assert_eq!(tcgetattr(terminal).unwrap(), modes);
        set_window_size(terminal, WindowSize { rows: 30, columns: 100, width: 0, height: 0 }).unwrap();
        assert_eq!(fs::get_terminal_size(terminal).unwrap(), (100, 30));
        fs::write(controller, b"k").unwrap();
        assert_eq!(fs::read_vec(terminal, 8).unwrap(), b"k");
        tcflush(terminal, libc::TCIOFLUSH).unwrap();
        fs::close(controller).unwrap();
        fs::close(terminal).unwrap();
        assert_eq!(tcgetattr(-1), Err(crate::Errno::EBADF));
    }
}
