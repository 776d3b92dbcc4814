//! Code objects as bytes, for embedding the compiled standard library and for caches.
//!
//! ```text
//! image  = magic "ORIM", version u16, digest u32 of the instruction table, strings, code
//! strings = count, then (length, bytes) each            every string once
//! code   = strings by number, header numbers, locals, words, constants, names, handlers, positions
//! ```
//! Numbers are LEB128 varints; words are 8 bytes little-endian, so that they load with one copy.
//!
//! Reading never panics: bad bytes give an error. It proves that the bytes are well-formed, not that the
//! code is safe: run [`crate::verify`] on code from an untrusted source.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::code::{Code, Const, Handler, Local, LocalKind, Text};
use crate::instructions::{Follow, Op};
use crate::positions::PositionTable;
use crate::word::Word;

const MAGIC: [u8; 4] = *b"ORIM";
/// Changes with every change of the format.
pub const VERSION: u16 = 1;
/// Constants and code may nest so deep.
const DEEPEST: u32 = 300;

/// A digest of the instruction table: an image of another table is refused.
pub fn table_digest() -> u32 {
    let mut hash = 0x811c_9dc5u32;
    let mut mix = |byte: u8| hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    for op in Op::ALL {
        op.name().bytes().for_each(&mut mix);
        for kind in op.operands() {
            mix(kind as u8);
        }
        mix(match op.follow() {
            Follow::Plain => 0,
            Follow::Cached => 1,
            Follow::Argument => 2,
        });
    }
    hash
}

/// Why an image cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageError {
    /// Not an image.
    Magic,
    /// An image of another version or instruction table.
    Version,
    /// It ends too early.
    CutOff,
    /// A number, tag or index that makes no sense; the offset where it was found.
    Malformed(usize),
}

impl fmt::Display for ImageError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImageError::Magic => out.write_str("not a code image"),
            ImageError::Version => out.write_str("code image of another version"),
            ImageError::CutOff => out.write_str("code image is cut off"),
            ImageError::Malformed(at) => write!(out, "code image is malformed at byte {at}"),
        }
    }
}
impl std::error::Error for ImageError {}

// --- writing ---

#[derive(Default)]
struct Writer {
    strings: Vec<Text>,
    index: HashMap<Text, u64>,
    body: Vec<u8>,
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

mod tag {
    pub const NONE: u8 = 0;
    pub const TRUE: u8 = 1;
    pub const FALSE: u8 = 2;
    pub const ELLIPSIS: u8 = 3;
    pub const INT: u8 = 4;
    pub const BIG_POSITIVE: u8 = 5;
    pub const BIG_NEGATIVE: u8 = 6;
    pub const FLOAT: u8 = 7;
    pub const COMPLEX: u8 = 8;
    pub const STR: u8 = 9;
    pub const BYTES: u8 = 10;
    pub const TUPLE: u8 = 11;
    pub const FROZENSET: u8 = 12;
    pub const SLICE: u8 = 13;
    pub const CODE: u8 = 14;
}

impl Writer {
    fn number(&mut self, value: u64) {
        varint(&mut self.body, value);
    }
    fn string(&mut self, text: &[u8]) {
        let number = match self.index.get(text) {
            Some(&number) => number,
            None => {
                let number = self.strings.len() as u64;
                self.strings.push(text.into());
                self.index.insert(text.into(), number);
                number
            }
        };
        self.number(number);
    }
    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.body.extend_from_slice(bytes);
    }

    fn constant(&mut self, value: &Const) {
        let plain = |this: &mut Writer, tag: u8| this.body.push(tag);
        match value {
            Const::None => plain(self, tag::NONE),
            Const::True => plain(self, tag::TRUE),
            Const::False => plain(self, tag::FALSE),
            Const::Ellipsis => plain(self, tag::ELLIPSIS),
            Const::Int(value) => {
                plain(self, tag::INT);
                self.number(((value << 1) ^ (value >> 63)) as u64);
            }
            Const::BigInt { negative, magnitude } => {
                plain(self, if *negative { tag::BIG_NEGATIVE } else { tag::BIG_POSITIVE });
                self.bytes(magnitude);
            }
            Const::Float(value) => {
                plain(self, tag::FLOAT);
                self.body.extend_from_slice(&value.to_bits().to_le_bytes());
            }
            Const::Complex(re, im) => {
                plain(self, tag::COMPLEX);
                self.body.extend_from_slice(&re.to_bits().to_le_bytes());
                self.body.extend_from_slice(&im.to_bits().to_le_bytes());
            }
            Const::Str(text) => {
                plain(self, tag::STR);
                self.string(text);
            }
            Const::Bytes(bytes) => {
                plain(self, tag::BYTES);
                self.bytes(bytes);
            }
            Const::Tuple(items) | Const::FrozenSet(items) => {
                plain(self, if matches!(value, Const::Tuple(_)) { tag::TUPLE } else { tag::FROZENSET });
                self.number(items.len() as u64);
                items.iter().for_each(|item| self.constant(item));
            }
            Const::Slice(parts) => {
                plain(self, tag::SLICE);
                parts.iter().for_each(|part| self.constant(part));
            }
            Const::Code(code) => {
                plain(self, tag::CODE);
                self.code(code);
            }
        }
    }

    fn code(&mut self, code: &Code) {
        self.string(&code.name);
        self.string(&code.qualname);
        self.string(&code.filename);
        for value in [
            u64::from(code.first_line),
            u64::from(code.arg_count),
            u64::from(code.posonly_count),
            u64::from(code.kwonly_count),
            u64::from(code.flags),
            u64::from(code.register_count),
            code.locals.len() as u64,
        ] {
            self.number(value);
        }
        for local in &code.locals {
            self.body.push(local.kind.0);
            self.string(&local.name);
        }
        self.number(code.words.len() as u64);
        for word in &code.words {
            self.body.extend_from_slice(&word.0.to_le_bytes());
        }
        self.number(code.constants.len() as u64);
        code.constants.iter().for_each(|constant| self.constant(constant));
        self.number(code.names.len() as u64);
        code.names.iter().for_each(|name| self.string(name));
        self.number(code.handlers.len() as u64);
        let mut at = 0;
        for handler in &code.handlers {
            self.number(u64::from(handler.start.wrapping_sub(at)));
            self.number(u64::from(handler.end.wrapping_sub(handler.start)));
            self.number(u64::from(handler.target));
            self.number(u64::from(handler.register));
            self.number(u64::from(handler.release_from));
            at = handler.end;
        }
        self.bytes(code.positions.as_bytes());
    }
}

/// The image of a code object and all inside it. Inline caches must be empty (they are, before it runs).
pub fn write(code: &Code) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.code(code);
    let mut out = Vec::with_capacity(writer.body.len() * 2);
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(&table_digest().to_le_bytes());
    varint(&mut out, writer.strings.len() as u64);
    for text in &writer.strings {
        varint(&mut out, text.len() as u64);
        out.extend_from_slice(text);
    }
    out.extend_from_slice(&writer.body);
    out
}

// --- reading ---

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    strings: Vec<Text>,
    /// The name that all code gets, if not the one that stands in the image.
    filename: Option<Text>,
    depth: u32,
}

type Read<T> = Result<T, ImageError>;

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Read<&'a [u8]> {
        let end = self.at.checked_add(count).ok_or(ImageError::CutOff)?;
        let taken = self.bytes.get(self.at..end).ok_or(ImageError::CutOff)?;
        self.at = end;
        Ok(taken)
    }
    fn byte(&mut self) -> Read<u8> {
        let byte = *self.bytes.get(self.at).ok_or(ImageError::CutOff)?;
        self.at += 1;
        Ok(byte)
    }
    fn number(&mut self) -> Read<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return self.malformed();
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        self.malformed()
    }
    fn malformed<T>(&self) -> Read<T> {
        Err(ImageError::Malformed(self.at))
    }
    fn narrow<T: TryFrom<u64>>(&mut self) -> Read<T> {
        let value = self.number()?;
        T::try_from(value).or_else(|_| self.malformed())
    }
    /// A count of things that take at least `least` bytes each: never more than the image can hold.
    fn count(&mut self, least: usize) -> Read<usize> {
        let count: usize = self.narrow()?;
        if count > (self.bytes.len() - self.at) / least {
            return Err(ImageError::CutOff);
        }
        Ok(count)
    }
    fn length_bytes(&mut self) -> Read<&'a [u8]> {
        let count = self.count(1)?;
        self.take(count)
    }
    fn text(&mut self) -> Read<Text> {
        let number: usize = self.narrow()?;
        self.strings.get(number).cloned().ok_or(ImageError::Malformed(self.at))
    }
    fn u64(&mut self) -> Read<u64> {
        let bytes = self.take(8)?;
        Ok(bytes.try_into().map_or(0, u64::from_le_bytes))
    }

    fn constant(&mut self) -> Read<Const> {
        if self.depth > DEEPEST {
            return self.malformed();
        }
        self.depth += 1;
        let value = self.constant_inner();
        self.depth -= 1;
        value
    }

    fn constants(&mut self) -> Read<Box<[Const]>> {
        let count = self.count(1)?;
        let mut items = Vec::with_capacity(count.min(4096));
        for _ in 0..count {
            items.push(self.constant()?);
        }
        Ok(items.into())
    }

    fn constant_inner(&mut self) -> Read<Const> {
        Ok(match self.byte()? {
            tag::NONE => Const::None,
            tag::TRUE => Const::True,
            tag::FALSE => Const::False,
            tag::ELLIPSIS => Const::Ellipsis,
            tag::INT => {
                let value = self.number()?;
                Const::Int((value >> 1) as i64 ^ -((value & 1) as i64))
            }
            tag @ (tag::BIG_POSITIVE | tag::BIG_NEGATIVE) => {
                let magnitude = self.length_bytes()?;
                if magnitude.last().is_none_or(|&byte| byte == 0) {
                    return self.malformed();
                }
                Const::BigInt { negative: tag == tag::BIG_NEGATIVE, magnitude: magnitude.into() }
            }
            tag::FLOAT => Const::Float(f64::from_bits(self.u64()?)),
            tag::COMPLEX => {
                let re = f64::from_bits(self.u64()?);
                Const::Complex(re, f64::from_bits(self.u64()?))
            }
            tag::STR => Const::Str(self.text()?),
            tag::BYTES => Const::Bytes(self.length_bytes()?.into()),
            tag::TUPLE => Const::Tuple(self.constants()?),
            tag::FROZENSET => Const::FrozenSet(self.constants()?),
            tag::SLICE => Const::Slice(Box::new([self.constant()?, self.constant()?, self.constant()?])),
            tag::CODE => Const::Code(Arc::new(self.code()?)),
            _ => return self.malformed(),
        })
    }

    fn code(&mut self) -> Read<Code> {
        let name = self.text()?;
        let qualname = self.text()?;
        let written = self.text()?;
        let filename = self.filename.clone().unwrap_or(written);
        let first_line = self.narrow()?;
        let arg_count = self.narrow()?;
        let posonly_count = self.narrow()?;
        let kwonly_count = self.narrow()?;
        let flags = self.narrow()?;
        let register_count = self.narrow()?;
        let count = self.count(2)?;
        let mut locals = Vec::with_capacity(count.min(4096));
        for _ in 0..count {
            let kind = LocalKind(self.byte()?);
            locals.push(Local { kind, name: self.text()? });
        }
        let count = self.count(8)?;
        let words = self.take(count * 8)?;
        let words = words.chunks_exact(8).map(|w| Word(w.try_into().map_or(0, u64::from_le_bytes))).collect();
        let constants = self.constants()?.into_vec();
        let count = self.count(1)?;
        let mut names = Vec::with_capacity(count.min(4096));
        for _ in 0..count {
            names.push(self.text()?);
        }
        let count = self.count(5)?;
        let mut handlers = Vec::with_capacity(count.min(4096));
        let mut at = 0u32;
        for _ in 0..count {
            let start = at.checked_add(self.narrow()?).ok_or(ImageError::Malformed(self.at))?;
            let end = start.checked_add(self.narrow()?).ok_or(ImageError::Malformed(self.at))?;
            let (target, register, release_from) = (self.narrow()?, self.narrow()?, self.narrow()?);
            handlers.push(Handler { start, end, target, register, release_from });
            at = end;
        }
        let positions = PositionTable::from_bytes(self.length_bytes()?.into(), first_line);
        Ok(Code {
            name,
            qualname,
            filename,
            first_line,
            arg_count,
            posonly_count,
            kwonly_count,
            flags,
            locals,
            register_count,
            words,
            constants,
            names,
            handlers,
            positions,
        })
    }
}

/// Reads an image.
///
/// # Errors
/// Bytes that are no image of this version and instruction table.
pub fn read(bytes: &[u8]) -> Result<Code, ImageError> {
    read_with(bytes, None)
}

/// As [`read`], with `filename` as that of the code and all code inside it.
///
/// # Errors
/// As [`read`].
pub fn read_as(bytes: &[u8], filename: &[u8]) -> Result<Code, ImageError> {
    read_with(bytes, Some(filename.into()))
}

fn read_with(bytes: &[u8], filename: Option<Text>) -> Result<Code, ImageError> {
    let mut reader = Reader { bytes, at: 0, strings: Vec::new(), filename, depth: 0 };
    if reader.take(4).map_err(|_| ImageError::Magic)? != MAGIC {
        return Err(ImageError::Magic);
    }
    let version = reader.take(2)?;
    let digest = reader.take(4)?;
    if version != VERSION.to_le_bytes() || digest != table_digest().to_le_bytes() {
        return Err(ImageError::Version);
    }
    let count = reader.count(1)?;
    let mut strings = Vec::with_capacity(count.min(65_536));
    for _ in 0..count {
        strings.push(reader.length_bytes()?.into());
    }
    reader.strings = strings;
    let code = reader.code()?;
    if reader.at != bytes.len() {
        return reader.malformed();
    }
    Ok(code)
}

#[cfg(test)]
mod tests;
