//! Compares this crate with CPython 3.14 on the table that `cpython314.py` wrote. `OROCHI_NUMBER_TABLE` names another,
//! larger table.
//!
//! Operations marked `~` end in the C library, which differs between machines in the last bits; they are compared to a
//! few units in the last place unless `OROCHI_NUMBER_EXACT` is set (for a run beside the table's own C library).

use orochi_number::format::{Family, FormatSpec, NumberLocale};
use orochi_number::percent::PercentSpec;
use orochi_number::complex::{self, Complex};
use orochi_number::random::MersenneTwister;
use orochi_number::{ErrorKind, IBig, NumberError, NumberResult, cmath, float, format, int, math, pack, percent};

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
impl Show for Complex {
    fn show(self) -> String {
        format!("{},{}", self.re.show(), self.im.show())
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

fn parse_complex(text: &str) -> Complex {
    let (re, im) = text.split_once(',').expect("two parts");
    complex::new(parse_float(re), parse_float(im))
}

fn parse_floats(text: &str) -> Vec<f64> {
    text.split(';').map(parse_float).collect()
}

/// Whether two texts of floats agree to 8 units in the last place, or absolutely where a part nearly cancels.
fn close(want: &str, got: &str) -> bool {
    let split = |t: &str| t.split([',', ';']).map(str::to_owned).collect::<Vec<_>>();
    let (want, got) = (split(want), split(got));
    let number = |t: &String| u64::from_str_radix(t, 16).ok().filter(|_| t.len() == 16).map(f64::from_bits);
    let size = want.iter().filter_map(number).filter(|v| v.is_finite()).fold(0.0f64, |m, v| m.max(v.abs()));
    want.len() == got.len()
        && want.iter().zip(&got).all(|(w, g)| match (number(w), number(g)) {
            (Some(x), Some(y)) => w == g || (x.to_bits().abs_diff(y.to_bits()) < 9) || (x - y).abs() <= size * 2e-15,
            _ => w == g,
        })
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
    let z = |i: usize| parse_complex(a[i]);
    let bits = |i: usize| pack::unpack_double(int::low_u64(&n(i)));
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
        "cadd" => complex::add(z(0), z(1)).show(),
        "csub" => complex::sub(z(0), z(1)).show(),
        "cmul" => complex::mul(z(0), z(1)).show(),
        "cdiv" => complex::div(z(0), z(1)).show(),
        "caddr" => complex::add_real(z(0), x(1)).show(),
        "csubr" => complex::sub_real(z(0), x(1)).show(),
        "rsubc" => complex::real_sub(x(0), z(1)).show(),
        "cmulr" => complex::mul_real(z(0), x(1)).show(),
        "cdivr" => complex::div_real(z(0), x(1)).show(),
        "rdivc" => complex::real_div(x(0), z(1)).show(),
        "cpow" => complex::pow(z(0), z(1)).show(),
        "crepr" => complex::repr(z(0)),
        "chash" => complex::hash(z(0)).map_or("None".into(), Show::show),
        "cabs" => complex::abs(z(0)).show(),
        "parsecomplex" => complex::parse(a[0].as_bytes()).map_or("invalid".into(), Show::show),
        "atan2" => math::atan2(x(0), x(1)).show(),
        "mfmod" => math::fmod(x(0), x(1)).show(),
        "mremainder" => math::remainder(x(0), x(1)).show(),
        "mpow" => math::pow(x(0), x(1)).show(),
        "mfma" => math::fma(x(0), x(1), x(2)).show(),
        "frexp" => {
            let (m, e) = math::frexp(x(0));
            (m, i64::from(e)).show()
        }
        "modf" => math::modf(x(0)).show(),
        "ldexp" => math::ldexp(x(0), i64::try_from(n(1)).expect("exponent")).show(),
        "nextafter" => math::nextafter(x(0), x(1), Some(u64::try_from(n(2)).expect("steps"))).show(),
        "isclose" => math::isclose(x(0), x(1), x(2), x(3)).show(),
        "hypot" => math::hypot(&parse_floats(a[0])).show(),
        "dist" => math::dist(&parse_floats(a[0]), &parse_floats(a[1])).show(),
        "fsum" => math::fsum(parse_floats(a[0])).show(),
        "sumprod" => math::sumprod(&parse_floats(a[0]), &parse_floats(a[1])).show(),
        "logint" => math::log_int(&n(0)).show(),
        "log2int" => math::log2_int(&n(0)).show(),
        "log10int" => math::log10_int(&n(0)).show(),
        "clogbase" => cmath::log(z(0), Some(z(1))).show(),
        "cmath.log" => cmath::log(z(0), None).show(),
        "polar" => cmath::polar(z(0)).show(),
        "phase" => cmath::phase(z(0)).show(),
        "rect" => cmath::rect(x(0), x(1)).show(),
        "random" => {
            let mut r = MersenneTwister::from_seed(&n(0));
            let first = r.random().show();
            let draws: Vec<String> = [7, 32, 33, 64, 1000].into_iter().map(|k| r.bits(k).show()).collect();
            let (words, index) = r.state();
            format!("{first};{};{};{}", draws.join(";"), index.show(), i64::from(words[5]).show())
        }
        "packhalf" => pack::pack_half(bits(0)).map(i64::from).show(),
        "packsingle" => pack::pack_single(bits(0)).map(i64::from).show(),
        "unpackhalf" => pack::unpack_half(u16::try_from(n(0)).expect("16 bits")).show(),
        _ => {
            if let Some(name) = op.strip_prefix("math.") {
                let (_, function) = math::UNARY.iter().find(|(known, _)| *known == name)?;
                return Some(function(x(0)).show());
            }
            let name = op.strip_prefix("cmath.")?;
            let (_, function) = cmath::UNARY.iter().find(|(known, _)| *known == name)?;
            function(z(0)).show()
        }
    })
}

#[test]
fn agrees_with_cpython() {
    let table = match std::env::var_os("OROCHI_NUMBER_TABLE") {
        Some(path) => std::fs::read_to_string(path).expect("the named table"),
        None => include_str!("cpython314.tsv").to_owned(),
    };
    let exact = std::env::var_os("OROCHI_NUMBER_EXACT").is_some();
    let (mut rows, mut wrong) = (0, Vec::new());
    for line in table.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [op, args @ .., expected] = fields.as_slice() else { continue };
        rows += 1;
        let (op, inexact) = match op.strip_prefix('~') {
            Some(op) => (op, !exact),
            None => (*op, false),
        };
        match evaluate(op, args) {
            None => wrong.push(format!("{op}: unknown operation")),
            Some(got) if got != *expected && !(inexact && close(expected, &got)) => wrong.push(format!("{op} {args:?}\n   want {expected}\n   got  {got}")),
            Some(_) => {}
        }
    }
    assert!(rows > 1000, "the table has only {rows} rows");
    assert!(wrong.is_empty(), "{} of {rows} rows differ:\n{}", wrong.len(), wrong[..wrong.len().min(400)].join("\n"));
}
