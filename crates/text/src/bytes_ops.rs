//! The methods of `bytes` and `bytearray` that look at bytes as ASCII, and hexadecimal text.
//!
//! Bytes of 128 and more are neither letters nor anything else, and no case change touches them.

mod hex;
#[cfg(test)]
mod tests;

pub use hex::{FromHexError, fromhex, hex};

use crate::search::is_byte_space;

fn all(bytes: &[u8], test: impl Fn(&u8) -> bool) -> bool {
    !bytes.is_empty() && bytes.iter().all(test)
}

/// `bytes.isalpha`.
pub fn is_alpha(bytes: &[u8]) -> bool {
    all(bytes, u8::is_ascii_alphabetic)
}

/// `bytes.isalnum`.
pub fn is_alnum(bytes: &[u8]) -> bool {
    all(bytes, u8::is_ascii_alphanumeric)
}

/// `bytes.isdigit`.
pub fn is_digit(bytes: &[u8]) -> bool {
    all(bytes, u8::is_ascii_digit)
}

/// `bytes.isspace`.
pub fn is_space(bytes: &[u8]) -> bool {
    all(bytes, |&b| is_byte_space(b))
}

/// `bytes.isupper`: some uppercase and no lowercase.
pub fn is_upper(bytes: &[u8]) -> bool {
    bytes.iter().any(u8::is_ascii_uppercase) && !bytes.iter().any(u8::is_ascii_lowercase)
}

/// `bytes.islower`: some lowercase and no uppercase.
pub fn is_lower(bytes: &[u8]) -> bool {
    bytes.iter().any(u8::is_ascii_lowercase) && !bytes.iter().any(u8::is_ascii_uppercase)
}

/// `bytes.istitle`: uppercase only after other bytes than letters, lowercase only after letters.
pub fn is_title(bytes: &[u8]) -> bool {
    let mut found = false;
    let mut after_letter = false;
    for b in bytes {
        let letter = b.is_ascii_alphabetic();
        if letter && b.is_ascii_uppercase() == after_letter {
            return false;
        }
        after_letter = letter;
        found |= letter;
    }
    found
}

/// Changes the case of each letter.
pub fn swapcase_in_place(bytes: &mut [u8]) {
    for b in bytes {
        if b.is_ascii_alphabetic() {
            *b ^= 0x20;
        }
    }
}

/// `title`: the first letter of each run of letters upper, the others lower.
pub fn title_in_place(bytes: &mut [u8]) {
    let mut after_letter = false;
    for b in bytes {
        *b = if after_letter {
            b.to_ascii_lowercase()
        } else {
            b.to_ascii_uppercase()
        };
        after_letter = b.is_ascii_alphabetic();
    }
}

/// `capitalize`: the first byte upper, the others lower.
pub fn capitalize_in_place(bytes: &mut [u8]) {
    bytes.make_ascii_lowercase();
    if let Some(first) = bytes.first_mut() {
        first.make_ascii_uppercase();
    }
}

fn changed(bytes: &[u8], change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut out = bytes.to_vec();
    change(&mut out);
    out
}

/// `bytes.upper`.
pub fn upper(bytes: &[u8]) -> Vec<u8> {
    bytes.to_ascii_uppercase()
}

/// `bytes.lower`.
pub fn lower(bytes: &[u8]) -> Vec<u8> {
    bytes.to_ascii_lowercase()
}

/// `bytes.swapcase`.
pub fn swapcase(bytes: &[u8]) -> Vec<u8> {
    changed(bytes, swapcase_in_place)
}

/// `bytes.title`.
pub fn title(bytes: &[u8]) -> Vec<u8> {
    changed(bytes, title_in_place)
}

/// `bytes.capitalize`.
pub fn capitalize(bytes: &[u8]) -> Vec<u8> {
    changed(bytes, capitalize_in_place)
}

/// `bytes.translate`: drops the bytes in `delete`, then looks the others up in `table`.
pub fn translate(bytes: &[u8], table: Option<&[u8; 256]>, delete: &[u8]) -> Vec<u8> {
    let mut dropped = [false; 256];
    delete.iter().for_each(|&b| dropped[b as usize] = true);
    let kept = bytes.iter().copied().filter(|&b| !dropped[b as usize]);
    match table {
        Some(table) => kept.map(|b| table[b as usize]).collect(),
        None => kept.collect(),
    }
}
