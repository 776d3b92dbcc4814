//! Reads dates and times in ISO 8601: what `isoformat` writes, and the basic and week forms.
//!
//! Text comes as bytes in which a character outside ASCII is one byte that is no digit, so that positions are
//! characters.

use orochi_objects::str::PyStr;

use super::calendar::{self, SECOND};

/// A date as written: checked for form only, but a week date is resolved.
pub type Written = (i64, i64, i64);

/// A time as written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Clock {
    /// Two digits each.
    pub hour: i64,
    /// Two digits.
    pub minute: i64,
    /// Two digits.
    pub second: i64,
    /// Six digits.
    pub micros: i64,
    /// Microseconds ahead of UTC.
    pub offset: Option<i64>,
}

/// The characters, those outside ASCII as 255.
pub fn characters(text: &PyStr) -> std::borrow::Cow<'_, [u8]> {
    if text.is_ascii() {
        return text.bytes().into();
    }
    text.wtf8().chars().map(|c| u8::try_from(c.to_u32()).ok().filter(u8::is_ascii).unwrap_or(255)).collect()
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn number(&mut self, digits: usize) -> Option<i64> {
        let (head, rest) = self.0.split_at_checked(digits)?;
        let mut n = 0;
        for b in head {
            n = n * 10 + i64::from(b.checked_sub(b'0').filter(|&d| d < 10)?);
        }
        self.0 = rest;
        Some(n)
    }
    fn eat(&mut self, byte: u8) -> bool {
        match self.0.split_first() {
            Some((&b, rest)) if b == byte => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }
}

/// `YYYY-MM-DD`, `YYYYMMDD`, `YYYY-Www-D`, `YYYYWwwD`, or a week without its day.
pub fn date(text: &[u8]) -> Option<Written> {
    let mut r = Reader(text);
    let year = r.number(4)?;
    let separated = r.eat(b'-');
    let written = if r.eat(b'W') {
        let week = r.number(2)?;
        let mut day = 1;
        if !r.0.is_empty() {
            if separated && !r.eat(b'-') {
                return None;
            }
            day = r.number(1)?;
        }
        calendar::civil(calendar::from_iso_week(year, week, day).ok()?)
    } else {
        let month = r.number(2)?;
        if separated && !r.eat(b'-') {
            return None;
        }
        (year, month, r.number(2)?)
    };
    r.0.is_empty().then_some(written)
}

/// Where the date of a date and time ends: it is followed by one character of any kind.
pub fn date_end(text: &[u8]) -> usize {
    let at = |i: usize| text.get(i).copied().unwrap_or(0);
    let is_digit = |i: usize| at(i).is_ascii_digit();
    if text.len() == 7 {
        return 7;
    }
    match (at(4), at(5)) {
        (b'-', b'W') => {
            // A dash behind the week begins the day, or separates the time if more than one digit follows.
            if at(8) != b'-' || text.len() <= 9 || is_digit(10) { 8 } else { 10 }
        }
        (b'-', _) => 10,
        (b'W', _) => {
            // Without a separator the digits of week, day and time run together: times have an even number.
            let end = (7..text.len()).find(|&i| !is_digit(i)).unwrap_or(text.len());
            match end {
                ..9 => end,
                end if end % 2 == 0 => 7,
                _ => 8,
            }
        }
        _ => 8,
    }
}

/// Hours, minutes, seconds and microseconds, from the hour on.
fn clock(text: &[u8]) -> Option<[i64; 4]> {
    let mut r = Reader(text);
    let mut parts = [0; 4];
    let mut separated = false;
    for i in 0..3 {
        parts[i] = r.number(2)?;
        if i == 0 {
            separated = r.0.first() == Some(&b':');
        }
        if r.0.is_empty() {
            return Some(parts);
        }
        if i < 2 && separated && !r.eat(b':') {
            return None;
        }
    }
    if !r.eat(b'.') && !r.eat(b',') {
        return None;
    }
    // Digits beyond the sixth are dropped.
    let digits = r.0.len();
    if digits == 0 || !r.0.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let kept = digits.min(6);
    let mut micros = r.number(kept)?;
    for _ in kept..6 {
        micros *= 10;
    }
    parts[3] = micros;
    Some(parts)
}

/// A time, with or without an offset.
pub fn time(text: &[u8]) -> Option<Clock> {
    let zone = text.iter().position(|b| matches!(b, b'+' | b'-' | b'Z'));
    let (local, zone) = match zone {
        None => (text, None),
        Some(i) => (&text[..i], Some((text[i], &text[i + 1..]))),
    };
    let [hour, minute, second, micros] = clock(local)?;
    let offset = match zone {
        None => None,
        Some((b'Z', rest)) => {
            if !rest.is_empty() {
                return None;
            }
            Some(0)
        }
        Some((sign, rest)) => {
            let [hour, minute, second, micros] = clock(rest)?;
            let n = (hour * 3600 + minute * 60 + second) * SECOND + micros;
            Some(if sign == b'-' { -n } else { n })
        }
    };
    Some(Clock { hour, minute, second, micros, offset })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_several_forms() {
        for text in ["2020-02-29", "20200229", "2020-W09-6", "2020W096"] {
            assert_eq!(date(text.as_bytes()), Some((2020, 2, 29)), "{text}");
        }
        assert_eq!(date(b"2020-W09"), Some((2020, 2, 24)));
        for text in ["2020-0229", "202002-29", "2020-W54", "2020-W0", "2020-02-2x", "20200", "2020W09-6"] {
            assert_eq!(date(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn times_may_end_early() {
        let parts = |text: &str| time(text.as_bytes()).map(|c| (c.hour, c.minute, c.second, c.micros, c.offset));
        assert_eq!(parts("04"), Some((4, 0, 0, 0, None)));
        assert_eq!(parts("0430Z"), Some((4, 30, 0, 0, Some(0))));
        assert_eq!(parts("04:30:05,5-01:30"), Some((4, 30, 5, 500_000, Some(-5400 * SECOND))));
        assert_eq!(parts("043005.1234567"), Some((4, 30, 5, 123_456, None)));
        for text in ["4", "04:", "04:3", "04:30:", "0430:05", "04:3005", "04:30:05.", "04.5", "04+1", "04Z1", "04+"] {
            assert_eq!(parts(text), None, "{text}");
        }
    }

    #[test]
    fn the_separator_is_found_in_every_form() {
        for (text, end) in [("2020-01-01T04", 10), ("20200101T04", 8), ("2020-W01-1T04", 10), ("2020-W01T04", 8), ("2020W011T04", 8), ("2020W01T04", 7)] {
            assert_eq!(date_end(text.as_bytes()), end, "{text}");
        }
    }
}
