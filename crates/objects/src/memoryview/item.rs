//! Items of native single-character formats: bytes to values and back.

use orochi_heap::Value;

use crate::thread::{Attached, PyResult};

/// Why a value is no item of a format.
pub enum Misfit {
    /// Of another type.
    Type,
    /// Out of range.
    Value,
    /// Looking at it raised.
    Raised(crate::Raised),
}

/// The character of a native single-character format, which may have `@` in front.
pub fn native_char(format: &str) -> Option<u8> {
    match format.strip_prefix('@').unwrap_or(format).as_bytes() {
        [c] if size(*c).is_some() => Some(*c),
        _ => None,
    }
}

/// Bytes of an item.
pub fn size(format: u8) -> Option<usize> {
    Some(match format {
        b'c' | b'b' | b'B' | b'?' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' | b'q' | b'Q' | b'n' | b'N' | b'd' | b'P' => 8,
        _ => return None,
    })
}

/// The value of an item; `None` if the format is unknown. `bytes` has the format's size.
pub fn unpack(t: Attached<'_>, format: u8, bytes: &[u8]) -> Option<PyResult> {
    macro_rules! number {
        ($ty:ty) => {
            <$ty>::from_ne_bytes(bytes.try_into().ok()?)
        };
    }
    let i = match format {
        b'c' => return Some(crate::bytes::try_new(t, bytes)),
        b'?' => return Some(Ok(Value::bool(*bytes.first()? != 0))),
        b'b' => i64::from(number!(i8)),
        b'B' => i64::from(number!(u8)),
        b'h' => i64::from(number!(i16)),
        b'H' => i64::from(number!(u16)),
        b'i' => i64::from(number!(i32)),
        b'I' => i64::from(number!(u32)),
        b'l' | b'q' | b'n' => number!(i64),
        b'L' | b'Q' | b'N' | b'P' => {
            let n = number!(u64);
            return Some(Ok(match i64::try_from(n) {
                Ok(i) => crate::int::new(t, i),
                Err(_) => crate::int::from_big(t, n.into()),
            }));
        }
        b'e' => return Some(Ok(crate::float::new(t, orochi_number::pack::unpack_half(number!(u16))))),
        b'f' => return Some(Ok(crate::float::new(t, f64::from(number!(f32))))),
        b'd' => return Some(Ok(crate::float::new(t, number!(f64)))),
        _ => return None,
    };
    Some(Ok(crate::int::new(t, i)))
}

/// The bytes of a value as an item.
pub fn pack(t: Attached<'_>, format: u8, v: &Value, out: &mut [u8]) -> Result<(), Misfit> {
    let int = || -> Result<i128, Misfit> {
        if crate::type_::class_of(t, v).slots.index().is_none() {
            return Err(Misfit::Type);
        }
        let i = crate::protocol::as_index(t, v).map_err(Misfit::Raised)?;
        match crate::int::as_i64(&i) {
            Some(i) => Ok(i128::from(i)),
            None => crate::int::as_big(&i).and_then(|b| i128::try_from(&b).ok()).ok_or(Misfit::Value),
        }
    };
    let float = || -> Result<f64, Misfit> {
        let slots = &crate::type_::class_of(t, v).slots;
        if crate::float::as_f64(v).is_none() && slots.float().is_none() && slots.index().is_none() {
            return Err(Misfit::Type);
        }
        crate::protocol::to_float(t, v).map_err(Misfit::Raised)
    };
    macro_rules! put {
        ($ty:ty) => {
            out.copy_from_slice(&<$ty>::try_from(int()?).map_err(|_| Misfit::Value)?.to_ne_bytes())
        };
    }
    match format {
        b'c' => match crate::bytes::as_bytes(v) {
            Some([b]) => out[0] = *b,
            Some(_) => return Err(Misfit::Value),
            None => return Err(Misfit::Type),
        },
        b'?' => out[0] = u8::from(crate::protocol::truth(t, v).map_err(Misfit::Raised)?),
        b'b' => put!(i8),
        b'B' => put!(u8),
        b'h' => put!(i16),
        b'H' => put!(u16),
        b'i' => put!(i32),
        b'I' => put!(u32),
        b'l' | b'q' | b'n' => put!(i64),
        b'L' | b'Q' | b'N' | b'P' => put!(u64),
        b'e' => match orochi_number::pack::pack_half(float()?) {
            Ok(bits) => out.copy_from_slice(&bits.to_ne_bytes()),
            Err(_) => return Err(Misfit::Raised(t.overflow_error("float too large to pack with e format"))),
        },
        b'f' => match orochi_number::pack::pack_single(float()?) {
            Ok(bits) => out.copy_from_slice(&bits.to_ne_bytes()),
            Err(_) => return Err(Misfit::Raised(t.overflow_error("float too large to pack with f format"))),
        },
        b'd' => out.copy_from_slice(&float()?.to_ne_bytes()),
        _ => return Err(Misfit::Type),
    }
    Ok(())
}
