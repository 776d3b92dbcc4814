//! Compares this crate with CPython 3.14 on the table that `cpython314.py` wrote. `OROCHI_NUMBER_TABLE` names another,
//! larger table.

use orochi_number::format::{Family, FormatSpec, NumberLocale};
use orochi_number::percent::PercentSpec;
use orochi_number::{ErrorKind, IBig, NumberError, NumberResult, float, format, int, percent};

fn parse_int(text: &str) -> IBig {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(d) => (true, d),
        None => (false, text),
    };
    let digits = digits.strip_prefix("0x").expect("an int in hexadecimal");
    let n = IBig::from_str_radix(digits, 16).expect("digits");
    if negative { -n } else { n }
}

fn parse_float(text: &str) -> f64 {
    if text == "nan" { f64::NAN } else { f64::from_bits(u64::from_str_radix(text, 16).expect("bits")) }
}

trait Show {
    fn show(self) -> String;
}
impl Show for IBig {
    fn show(self) -> String {
        int::to_hex(&self)
    }
}
impl Show for i64 {
    fn show(self) -> String {
        IBig::from(self).show()
    }
}
impl Show for usize {
    fn show(self) -> String {
        IBig::from(self).show()
    }
}
impl Show for f64 {
    fn show(self) -> String {
        if self.is_nan() { "nan".into() } else { format!("{:016x}", self.to_bits()) }
    }
}
impl Show for bool {
    fn show(self) -> String {
        if self { "True".into() } else { "False".into() }
    }
}
impl Show for String {
    fn show(self) -> String {
        self
    }
}
impl Show for Vec<u8> {
    fn show(self) -> String {
        self.iter().map(|b| format!("{b:02x}")).collect()
    }
}
impl<A: Show, B: Show> Show for (A, B) {
    fn show(self) -> String {
        format!("{};{}", self.0.show(), self.1.show())
    }
}
impl<T: Show> Show for NumberResult<T> {
    fn show(self) -> String {
        match self {
            Ok(v) => v.show(),
            Err(e) => failure(&e),
        }
    }
}

fn failure(e: &NumberError) -> String {
    let name = match e.kind {
        ErrorKind::ZeroDivision => "ZeroDivisionError",
        ErrorKind::Overflow | ErrorKind::ResultRange => "OverflowError",
        ErrorKind::Value => "ValueError",
        ErrorKind::Type => "TypeError",
        ErrorKind::Memory => "MemoryError",
    };
    format!("!{name}:{}", e.message)
}

fn flag(text: &str) -> bool {
    text == "True"
}

fn size(text: &str) -> usize {
    usize::try_from(parse_int(text)).expect("a size")
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).expect("hex")).collect()
}

fn percent_spec(text: &str) -> (PercentSpec, char) {
    let mut spec = PercentSpec::default();
    let mut rest = text[1..].trim_end_matches(|c: char| c.is_ascii_alphabetic());
    while let Some(c) = rest.chars().next().filter(|c| "#0- +".contains(*c)) {
        match c {
            '#' => spec.alternate = true,
            '0' => spec.zero = true,
            '-' => spec.left = true,
            ' ' => spec.blank = true,
            _ => spec.plus = true,
        }
        rest = &rest[1..];
    }
    let (width, precision) = match rest.split_once('.') {
        Some((w, p)) => (w, Some(p.parse().unwrap_or(0))),
        None => (rest, None),
    };
    spec.width = width.parse().unwrap_or(0);
    spec.precision = precision;
    (spec, text.chars().last().expect("a conversion"))
}

fn format_text(text: &str, spec: &str) -> NumberResult<String> {
    let spec = FormatSpec::parse(spec, Family::Text, "str")?;
    let layout = format::text(&spec, text.chars().count(), "str")?;
    let fill = |n: usize| layout.fill.to_string().repeat(n);
    Ok(fill(layout.left) + &text.chars().take(layout.keep).collect::<String>() + &fill(layout.right))
}

/// `None`: the operation is unknown.
fn evaluate(op: &str, a: &[&str]) -> Option<String> {
    let n = |i: usize| parse_int(a[i]);
    let x = |i: usize| parse_float(a[i]);
    let c = &NumberLocale::C;
    Some(match op {
        "divmod" => int::floor_divmod(&n(0), &n(1)).show(),
        "truediv" => int::true_div(&n(0), &n(1)).show(),
        "and" => int::and(&n(0), &n(1)).show(),
        "or" => int::or(&n(0), &n(1)).show(),
        "xor" => int::xor(&n(0), &n(1)).show(),
        "gcd" => int::gcd(&n(0), &n(1)).show(),
        "lcm" => int::lcm(&n(0), &n(1)).show(),
        "hash" => int::hash(&n(0)).show(),
        "tofloat" => int::to_f64(&n(0)).show(),
        "isqrt" => int::isqrt(&n(0)).show(),
        "bits" => (int::bit_length(&n(0)), int::bit_count(&n(0))).show(),
        "cmpfloat" => match int::cmp_f64(&n(0), x(1)) {
            Some(std::cmp::Ordering::Less) => "<",
            Some(std::cmp::Ordering::Greater) => ">",
            Some(std::cmp::Ordering::Equal) => "=",
            None => "?",
        }
        .to_owned(),
        "shl" => int::shl(&n(0), &n(1)).show(),
        "shr" => int::shr(&n(0), &n(1)).show(),
        "pow" => int::pow(&n(0), &n(1)).show(),
        "powmod" => int::pow_mod(&n(0), &n(1), &n(2)).show(),
        "str" => int::to_decimal(&n(0), 4300).show(),
        "hex" => int::to_hex(&n(0)),
        "roundint" => int::round_half_even(&n(0), size(a[1])).show(),
        "tobytes" => int::to_bytes(&n(0), size(a[1]), flag(a[2]), flag(a[3])).show(),
        "frombytes" => int::from_bytes(&unhex(a[0]), flag(a[1]), flag(a[2])).show(),
        "comb" => int::comb(&n(0), &n(1)).show(),
        "perm" => int::perm(&n(0), &n(1)).show(),
        "factorial" => int::factorial(&n(0)).show(),
        "parseint" => {
            let base = u32::try_from(n(1)).unwrap_or(99);
            match int::parse(a[0].as_bytes(), base, 4300) {
                Ok(v) => v.show(),
                Err(int::ParseIntError::Invalid) => "invalid".into(),
                Err(int::ParseIntError::Other(e)) => failure(&e),
            }
        }
        "repr" => float::repr(x(0)),
        "fdivmod" => float::floor_divmod(x(0), x(1)).show(),
        "fmod" => float::modulo(x(0), x(1)).show(),
        "fpow" => match float::pow(x(0), x(1)) {
            Ok(float::PowResult::Real(v)) => v.show(),
            Ok(float::PowResult::Complex) => "complex".into(),
            Err(e) => failure(&e),
        },
        "fhash" => float::hash(x(0)).map_or("None".into(), Show::show),
        "ratio" => float::as_integer_ratio(x(0)).show(),
        "fhex" => float::to_hex(x(0)),
        "round" => float::round(x(0), i64::try_from(n(1)).expect("places")).show(),
        "round0" => float::round_to_int(x(0)).show(),
        "floor" => float::floor(x(0)).show(),
        "ceil" => float::ceil(x(0)).show(),
        "toint" => float::trunc(x(0)).show(),
        "parsefloat" => float::parse(a[0].as_bytes()).map_or("invalid".into(), Show::show),
        "fromhex" => float::from_hex(a[0].as_bytes()).show(),
        "fmtint" => FormatSpec::parse(a[1], Family::Int, "int")
            .and_then(|s| format::int(&s, &n(0), "int", c, 4300))
            .show(),
        "fmtfloat" => FormatSpec::parse(a[1], Family::Float, "float")
            .and_then(|s| format::float(&s, x(0), "float", c))
            .show(),
        "fmtcomplex" => {
            let (re, im) = a[0].split_once(',').expect("two parts");
            FormatSpec::parse(a[1], Family::Float, "complex")
                .and_then(|s| format::complex(&s, parse_float(re), parse_float(im), "complex", c))
                .show()
        }
        "fmtstr" => format_text(a[0], a[1]).show(),
        "pctint" => {
            let (spec, conversion) = percent_spec(a[0]);
            percent::int(&spec, conversion, &n(1), 4300).show()
        }
        "pctfloat" => {
            let (spec, conversion) = percent_spec(a[0]);
            percent::float(&spec, conversion, x(1)).show()
        }
        _ => return None,
    })
}

#[test]
fn agrees_with_cpython() {
    let table = match std::env::var_os("OROCHI_NUMBER_TABLE") {
        Some(path) => std::fs::read_to_string(path).expect("the named table"),
        None => include_str!("cpython314.tsv").to_owned(),
    };
    let (mut rows, mut wrong) = (0, Vec::new());
    for line in table.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [op, args @ .., expected] = fields.as_slice() else { continue };
        rows += 1;
        match evaluate(op, args) {
            None => wrong.push(format!("{op}: unknown operation")),
            Some(got) if got != *expected => wrong.push(format!("{op} {args:?}\n   want {expected}\n   got  {got}")),
            Some(_) => {}
        }
    }
    assert!(rows > 1000, "the table has only {rows} rows");
    assert!(wrong.is_empty(), "{} of {rows} rows differ:\n{}", wrong.len(), wrong[..wrong.len().min(80)].join("\n"));
}
