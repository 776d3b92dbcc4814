//! Number literals: where they end, and what is wrong with the ones that do not.
use super::{Token, TokenFault, Tokenizer, kind};

type Next = Result<Option<u8>, TokenFault>;

impl Tokenizer<'_> {
    /// A number whose first digit has been read.
    pub(super) fn number(&mut self, first: u8, start: usize) -> Result<Token, TokenFault> {
        if first != b'0' {
            let byte = self.decimal_tail()?;
            return self.after_integer(byte, start);
        }
        let mut byte = self.next_byte();
        match byte {
            Some(b'x' | b'X') => return self.radix(start, "hexadecimal", 16),
            Some(b'o' | b'O') => return self.radix(start, "octal", 8),
            Some(b'b' | b'B') => return self.radix(start, "binary", 2),
            _ => {}
        }
        // Zeros may stand alone; a number that starts with one must go on as a float.
        loop {
            if byte == Some(b'_') {
                byte = self.next_byte();
                if !is_digit(byte) {
                    self.back(byte);
                    return Err(self.fault("invalid decimal literal"));
                }
            }
            if byte != Some(b'0') {
                break;
            }
            byte = self.next_byte();
        }
        let zeros_end = self.at;
        let nonzero = is_digit(byte);
        if nonzero {
            byte = self.decimal_tail()?;
        }
        if nonzero && !self.extra_tokens && !matches!(byte, Some(b'.' | b'e' | b'E' | b'j' | b'J')) {
            self.back(byte);
            return Err(self.fault_span(
                "leading zeros in decimal integer literals are not permitted; \
                 use an 0o prefix for octal integers",
                start + 1,
                zeros_end,
            ));
        }
        self.after_integer(byte, start)
    }

    fn after_integer(&mut self, byte: Option<u8>, start: usize) -> Result<Token, TokenFault> {
        match byte {
            Some(b'.') => {
                let next = self.next_byte();
                self.fraction(next, start)
            }
            Some(b'e' | b'E') => self.exponent(byte, start),
            Some(b'j' | b'J') => self.imaginary(start),
            _ => {
                self.verify_end(byte, "decimal")?;
                self.finish(byte, start)
            }
        }
    }

    /// What follows a decimal point; `byte` is the first character after it.
    pub(super) fn fraction(&mut self, byte: Option<u8>, start: usize) -> Result<Token, TokenFault> {
        let byte = if is_digit(byte) { self.decimal_tail()? } else { byte };
        match byte {
            Some(b'e' | b'E') => self.exponent(byte, start),
            Some(b'j' | b'J') => self.imaginary(start),
            _ => {
                self.verify_end(byte, "decimal")?;
                self.finish(byte, start)
            }
        }
    }

    fn exponent(&mut self, letter: Option<u8>, start: usize) -> Result<Token, TokenFault> {
        let mut byte = self.next_byte();
        if matches!(byte, Some(b'+' | b'-')) {
            byte = self.next_byte();
            if !is_digit(byte) {
                self.back(byte);
                return Err(self.fault("invalid decimal literal"));
            }
        } else if !is_digit(byte) {
            self.back(byte);
            self.verify_end(letter, "decimal")?;
            return self.finish(letter, start);
        }
        let byte = self.decimal_tail()?;
        if matches!(byte, Some(b'j' | b'J')) {
            return self.imaginary(start);
        }
        self.verify_end(byte, "decimal")?;
        self.finish(byte, start)
    }

    fn imaginary(&mut self, start: usize) -> Result<Token, TokenFault> {
        let byte = self.next_byte();
        self.verify_end(byte, "imaginary")?;
        self.finish(byte, start)
    }

    fn finish(&mut self, byte: Option<u8>, start: usize) -> Result<Token, TokenFault> {
        self.back(byte);
        Ok(self.token(kind::NUMBER, start))
    }

    /// Digits and single underscores; returns the first character behind.
    fn decimal_tail(&mut self) -> Next {
        loop {
            let mut byte = self.next_byte();
            while is_digit(byte) {
                byte = self.next_byte();
            }
            if byte != Some(b'_') {
                return Ok(byte);
            }
            let byte = self.next_byte();
            if !is_digit(byte) {
                self.back(byte);
                return Err(self.fault("invalid decimal literal"));
            }
        }
    }

    fn radix(&mut self, start: usize, name: &str, radix: u32) -> Result<Token, TokenFault> {
        let digit = |byte: Option<u8>| byte.is_some_and(|byte| (byte as char).is_digit(radix));
        let mut byte = self.next_byte();
        loop {
            if byte == Some(b'_') {
                byte = self.next_byte();
            }
            if !digit(byte) {
                if let Some(wrong) = byte.filter(u8::is_ascii_digit) {
                    let wrong = wrong as char;
                    return Err(self.fault(format!("invalid digit '{wrong}' in {name} literal")));
                }
                self.back(byte);
                return Err(self.fault(format!("invalid {name} literal")));
            }
            while digit(byte) {
                byte = self.next_byte();
            }
            if byte != Some(b'_') {
                break;
            }
        }
        if let Some(wrong) = byte.filter(u8::is_ascii_digit) {
            let wrong = wrong as char;
            return Err(self.fault(format!("invalid digit '{wrong}' in {name} literal")));
        }
        self.verify_end(byte, name)?;
        self.finish(byte, start)
    }

    /// A number must not run into a name, unless that is a keyword that may follow a number.
    fn verify_end(&mut self, byte: Option<u8>, name: &str) -> Result<(), TokenFault> {
        let Some(byte) = byte.filter(|_| !self.extra_tokens) else { return Ok(()) };
        let rest = &self.text.as_bytes()[self.at..];
        let whole = |tail: &[u8]| {
            rest.starts_with(tail)
                && !rest.get(tail.len()).is_some_and(|&b| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80)
        };
        let keyword = match byte {
            b'a' => whole(b"nd"),
            b'e' => whole(b"lse"),
            b'f' => whole(b"or"),
            b'i' => matches!(rest.first(), Some(b'f' | b'n' | b's')),
            b'o' => whole(b"r"),
            b'n' => whole(b"ot"),
            _ => false,
        };
        if !keyword && (byte.is_ascii_alphanumeric() || byte == b'_') {
            self.at -= 1;
            return Err(self.fault(format!("invalid {name} literal")));
        }
        Ok(())
    }
}

fn is_digit(byte: Option<u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_digit())
}
