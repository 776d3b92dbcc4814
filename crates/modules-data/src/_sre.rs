//! `_sre`: what the module `re` stands on. The engine is the crate `orochi-regex`; here are Python's
//! objects around it.
//!
//! ```text
//! subject     the text that is matched, with its positions: bytes in the engine, characters for Python
//! pattern     re.Pattern, and the searching methods
//! substitute  sub, subn, split
//! template    SRE_Template: a replacement text taken apart
//! matched     re.Match
//! scanner     SRE_Scanner, and what finditer gives
//! ```

mod matched;
mod pattern;
mod scanner;
mod subject;
mod substitute;
mod template;
#[cfg(test)]
mod tests;

use orochi_objects::exception::{OverflowError, RuntimeError};
use orochi_objects::spec::Method;
use orochi_objects::{Attached, ModuleSpec, PyResult, Value, dict, int, list, protocol, str, tuple, type_};
use orochi_regex::{ASCII_TABLES, CharTables, Program};
use orochi_text::unicode;
use orochi_text::wtf8::CodePoint;

/// Most groups that a pattern can have.
const MAXGROUPS: u32 = i32::MAX as u32 / 2;

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("_sre")
    .functions(&[
        Method::new("compile", "(pattern, flags, code, groups, groupindex, indexgroup)", compile, ""),
        Method::new("template", "(pattern, template, /)", template::make, ""),
        Method::new("getcodesize", "()", |_, _| Ok(Value::i32(orochi_regex::CODESIZE as i32)), ""),
        Method::new("ascii_iscased", "(character, /)", |t, a| ascii(t, &a[0]).map(|c| Value::bool(c.is_some())), ""),
        Method::new("ascii_tolower", "(character, /)", ascii_tolower, ""),
        Method::new("unicode_iscased", "(character, /)", unicode_iscased, ""),
        Method::new("unicode_tolower", "(character, /)", unicode_tolower, ""),
    ])
    .exec(|t, namespace| {
        dict::set_by_name(t, namespace, "copyright", str::intern(t, " SRE 2.2.2 "));
        for (name, value) in [
            ("MAGIC", orochi_regex::MAGIC),
            ("CODESIZE", orochi_regex::CODESIZE),
            ("MAXREPEAT", orochi_regex::MAXREPEAT),
            ("MAXGROUPS", MAXGROUPS),
        ] {
            dict::set_by_name(t, namespace, name, int::new(t, i64::from(value)));
        }
        Ok(())
    });

fn point(c: u32) -> Option<CodePoint> {
    CodePoint::new(c)
}

/// Unicode's properties for the engine. The locale's functions know ASCII only, which is right in the C
/// locale and in every locale whose encoding is UTF-8: there no byte above 127 is a character.
static TABLES: CharTables = CharTables {
    is_alnum: |c| point(c).is_some_and(unicode::is_alnum),
    is_decimal: |c| point(c).is_some_and(unicode::is_decimal),
    is_space: |c| point(c).is_some_and(unicode::is_space),
    is_linebreak: |c| matches!(c, 10..=13 | 28..=30 | 0x85 | 0x2028 | 0x2029),
    to_lower: |c| point(c).map_or(c, |p| unicode::to_lower(p).to_u32()),
    to_upper: |c| point(c).map_or(c, |p| unicode::to_upper(p).to_u32()),
    locale_is_alnum: ASCII_TABLES.locale_is_alnum,
    locale_lower: ASCII_TABLES.locale_lower,
    locale_upper: ASCII_TABLES.locale_upper,
};

fn character(t: Attached<'_>, v: &Value) -> PyResult<u32> {
    let n = protocol::expect_i64(t, v)?;
    Ok(u32::try_from(n).unwrap_or(u32::MAX))
}

/// The letter, if the character is an ASCII letter.
fn ascii(t: Attached<'_>, v: &Value) -> PyResult<Option<u8>> {
    Ok(u8::try_from(character(t, v)?).ok().filter(u8::is_ascii_alphabetic))
}
fn ascii_tolower(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(match ascii(t, &a[0])? {
        Some(c) => Value::i32(i32::from(c.to_ascii_lowercase())),
        None => a[0].clone(),
    })
}
fn unicode_iscased(t: Attached<'_>, a: &[Value]) -> PyResult {
    let c = character(t, &a[0])?;
    // The small sharp s has a capital in the full mapping only.
    let grows = CodePoint::new(c).is_some_and(|c| matches!(orochi_text::unicode::upper_full(c), orochi_text::unicode::Mapped::Many(_)));
    Ok(Value::bool((TABLES.to_lower)(c) != c || (TABLES.to_upper)(c) != c || grows))
}
fn unicode_tolower(t: Attached<'_>, a: &[Value]) -> PyResult {
    let c = character(t, &a[0])?;
    Ok(int::new(t, i64::from((TABLES.to_lower)(c))))
}

fn compile(t: Attached<'_>, a: &[Value]) -> PyResult {
    let [source, flags, words, groups, groupindex, indexgroup] = a else {
        return Err(t.type_error("compile expected 6 arguments"));
    };
    let flags = protocol::expect_i64(t, flags)?;
    let groups = protocol::expect_i64(t, groups)?;
    if list::as_list(words).is_none() {
        let got = type_::type_name(t, words);
        return Err(t.type_error(format!("compile() argument 'code' must be list, not {got}")));
    }
    if dict::as_dict(groupindex).is_none() {
        let got = type_::type_name(t, groupindex);
        return Err(t.type_error(format!("compile() argument 'groupindex' must be dict, not {got}")));
    }
    if tuple::as_tuple(indexgroup).is_none() {
        let got = type_::type_name(t, indexgroup);
        return Err(t.type_error(format!("compile() argument 'indexgroup' must be tuple, not {got}")));
    }
    let mut code = Vec::new();
    for word in protocol::collect(t, words)? {
        let word = protocol::as_index(t, &word)?;
        let word = match int::as_i64(&word) {
            Some(n) if n < 0 => return Err(t.overflow_error("can't convert negative value to unsigned int")),
            Some(n) => u32::try_from(n).ok(),
            None => None,
        };
        let Some(word) = word else {
            return Err(t.raise(&OverflowError, "regular expression code size limit exceeded"));
        };
        code.push(word);
    }
    let kind = subject::kind_of_pattern(t, source)?;
    let invalid = || t.raise(&RuntimeError, "invalid SRE code");
    let groups = u32::try_from(groups).ok().filter(|&n| n <= MAXGROUPS).ok_or_else(invalid)?;
    let kept: Box<[u32]> = code.clone().into();
    let program = Program::new(code, groups, flags as u32, &TABLES)
        .map_err(|_| t.raise(&RuntimeError, "invalid SRE code"))?;
    let groupindex = dict::copy(t, groupindex)?;
    Ok(pattern::new(t, program, kept, kind, source, groupindex, indexgroup.clone()))
}
