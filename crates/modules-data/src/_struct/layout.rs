//! Parsing of format strings.

/// How the bytes of numbers lie.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Order {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

/// Items of one format character that lie side by side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Code {
    /// The character.
    pub format: u8,
    /// Where the first item lies.
    pub offset: usize,
    /// Bytes of an item.
    pub size: usize,
    /// Number of items.
    pub repeat: usize,
    /// Byte order.
    pub order: Order,
}

/// A parsed format.
#[derive(Debug)]
pub(super) struct Layout {
    format: Box<[u8]>,
    codes: Box<[Code]>,
    /// Bytes in all.
    pub size: usize,
    /// Values in all.
    pub count: usize,
}

const TOO_LONG: &str = "total struct size too long";
const BAD_CHAR: &str = "bad char in struct format";

const NATIVE: Order = if cfg!(target_endian = "big") { Order::Big } else { Order::Little };

/// Size and alignment of a character.
fn measure(c: u8, native: bool) -> Option<(usize, usize)> {
    Some(match (c, native) {
        (b'x' | b'b' | b'B' | b'c' | b's' | b'p' | b'?', _) => (1, 1),
        (b'h' | b'H' | b'e', _) => (2, 2),
        (b'i' | b'I' | b'f', _) => (4, 4),
        (b'l' | b'L', false) => (4, 4),
        (b'l' | b'L', true) | (b'q' | b'Q' | b'd', _) => (8, 8),
        (b'n' | b'N' | b'P', true) => (8, 8),
        (b'F', _) => (8, 4),
        (b'D', _) => (16, 8),
        _ => return None,
    })
}

impl Layout {
    /// Parses a format; the error is the message of `struct.error`.
    pub fn parse(format: &[u8]) -> Result<Layout, &'static str> {
        let (order, native, rest) = match format {
            [b'<', rest @ ..] => (Order::Little, false, rest),
            [b'>' | b'!', rest @ ..] => (Order::Big, false, rest),
            [b'=', rest @ ..] => (NATIVE, false, rest),
            [b'@', rest @ ..] => (NATIVE, true, rest),
            rest => (NATIVE, true, rest),
        };
        let mut codes = Vec::new();
        let (mut at, mut count) = (0usize, 0usize);
        let mut chars = rest.iter().copied();
        while let Some(c) = chars.next() {
            if c.is_ascii_whitespace() || c == 0x0B {
                continue;
            }
            let (c, number) = if c.is_ascii_digit() {
                let mut number = usize::from(c - b'0');
                loop {
                    match chars.next() {
                        Some(d) if d.is_ascii_digit() => {
                            number = number
                                .checked_mul(10)
                                .and_then(|n| n.checked_add(usize::from(d - b'0')))
                                .filter(|&n| n <= isize::MAX as usize)
                                .ok_or(TOO_LONG)?;
                        }
                        Some(c) => break (c, number),
                        None => return Err("repeat count given without format specifier"),
                    }
                }
            } else {
                (c, 1)
            };
            let (size, align) = measure(c, native).ok_or(BAD_CHAR)?;
            if native {
                at = at.checked_next_multiple_of(align).ok_or(TOO_LONG)?;
            }
            let bytes = size.checked_mul(number).ok_or(TOO_LONG)?;
            let end = at.checked_add(bytes).filter(|&n| n <= isize::MAX as usize).ok_or(TOO_LONG)?;
            match c {
                b'x' => {}
                b's' | b'p' => {
                    codes.push(Code { format: c, offset: at, size: number, repeat: 1, order });
                    count += 1;
                }
                _ if number > 0 => {
                    codes.push(Code { format: c, offset: at, size, repeat: number, order });
                    count = count.checked_add(number).ok_or(TOO_LONG)?;
                }
                _ => {}
            }
            at = end;
        }
        Ok(Layout { format: format.into(), codes: codes.into(), size: at, count })
    }
    /// The codes in order.
    pub fn codes(&self) -> &[Code] {
        &self.codes
    }
    /// The format as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.format).into_owned()
    }
    /// Bytes that the layout takes itself.
    pub fn memory_size(&self) -> usize {
        self.format.len() + self.codes.len() * size_of::<Code>()
    }
}
