//! No argument makes this crate panic or take unbounded memory, and inverse operations invert.

use orochi_number::format::{Family, FormatSpec, NumberLocale};
use orochi_number::{ErrorKind, IBig, Sign, UBig, complex, float, format, int, math, pack, percent};
use proptest::prelude::*;

fn big() -> impl Strategy<Value = IBig> {
    (any::<bool>(), prop::collection::vec(any::<u8>(), 0..80)).prop_map(|(negative, bytes)| {
        IBig::from_parts(if negative { Sign::Negative } else { Sign::Positive }, UBig::from_le_bytes(&bytes))
    })
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![any::<u64>().prop_map(f64::from_bits), any::<i16>().prop_map(|v| f64::from(v) / 8.0)]
}

#[test]
fn digits_have_room_for_prefix_and_sign() {
    let mut digits = orochi_number::text::Digits::power_of_two(u64::MAX, 1, false);
    b"b0-".iter().for_each(|&c| digits.push_front(c));
    assert_eq!(digits.as_str(), format!("-0b{:b}", u64::MAX));
}

proptest! {
    #[test]
    fn division_is_exact(a in big(), b in big()) {
        if let Ok((q, r)) = int::floor_divmod(&a, &b) {
            prop_assert_eq!(&q * &b + &r, a);
            prop_assert!(r.is_zero() || r.sign() == b.sign());
        } else {
            prop_assert!(b.is_zero());
        }
    }

    #[test]
    fn small_operations_agree_with_big(a in int::SMALL_MIN..=int::SMALL_MAX, b in prop_oneof![-70i64..70, int::SMALL_MIN..=int::SMALL_MAX], s in 0u32..62) {
        let a = a >> s;
        let (x, y) = (IBig::from(a), IBig::from(b));
        let small = |v: Option<i64>| v.map(IBig::from);
        let fits = |v: IBig| int::as_small(&v).map(IBig::from);
        prop_assert_eq!(small(int::small_add(a, b)), fits(&x + &y));
        prop_assert_eq!(small(int::small_sub(a, b)), fits(&x - &y));
        prop_assert_eq!(small(int::small_mul(a, b)), fits(&x * &y));
        prop_assert_eq!(small(int::small_floor_div(a, b)), int::floor_div(&x, &y).ok().and_then(fits));
        prop_assert_eq!(small(int::small_modulo(a, b)), int::modulo(&x, &y).ok());
        if (0..70).contains(&b) {
            if let Some(v) = int::small_pow(a, b) {
                prop_assert_eq!(IBig::from(v), int::pow(&x, &y).unwrap());
            }
            if let Some(v) = int::small_shl(a, b) {
                prop_assert_eq!(IBig::from(v), int::shl(&x, &y).unwrap());
            }
            prop_assert_eq!(small(int::small_shr(a, b)), int::shr(&x, &y).ok());
        }
        prop_assert_eq!(int::small_hash(a), int::hash(&x));
        prop_assert_eq!(IBig::from(int::small_gcd(a, b)), int::gcd(&x, &y));
        if b != 0 {
            prop_assert_eq!(int::small_true_div(a, b).unwrap(), int::true_div(&x, &y).unwrap());
        }
        prop_assert_eq!(int::small_cmp_f64(a, b as f64), int::cmp_f64(&x, b as f64));
    }

    #[test]
    fn places_in_128_bits_agree_with_exact_ones(x in prop_oneof![number(), any::<i64>().prop_map(|n| n as f64 / 1e6), any::<i32>().prop_map(|n| f64::from(n) / 64.0)], places in 0usize..30) {
        let spec = FormatSpec::parse(&format!(".{places}f"), Family::Float, "float").unwrap();
        if x.is_finite() {
            let text = format::float(&spec, x, "float", &NumberLocale::C).unwrap();
            let exact = format!("{x:.places$}");
            prop_assert_eq!(&text, &exact);
            let rounded = float::round(x, places as i64).unwrap();
            prop_assert_eq!(rounded.to_bits(), exact.parse::<f64>().unwrap().to_bits());
        }
    }

    #[test]
    fn words_are_written_as_big_ints(n in any::<i64>(), shift in 0u32..64, spec in "[+ ]?#?0?[0-9]{0,2}[,_]?[bdoxX]?") {
        let n = n >> shift;
        if let Ok(spec) = FormatSpec::parse(&spec, Family::Int, "int") {
            let mut text = String::new();
            let small = format::write_int(&mut text, &spec, format::Int::Small(n), "int", &NumberLocale::C, 0);
            prop_assert_eq!(small.map(|()| text), format::int(&spec, &IBig::from(n), "int", &NumberLocale::C, 0));
        }
        for conversion in ['d', 'o', 'x', 'X'] {
            let spec = percent::PercentSpec { alternate: n % 2 == 0, zero: n % 3 == 0, width: 12, precision: Some(4), ..Default::default() };
            let mut text = String::new();
            percent::write_int(&mut text, &spec, conversion, format::Int::Small(n), 0).unwrap();
            prop_assert_eq!(text, percent::int(&spec, conversion, &IBig::from(n), 0).unwrap());
        }
        if let Some(short) = int::parse_short(n.to_string().as_bytes()) {
            prop_assert_eq!(short, n);
        }
    }

    #[test]
    fn images_read_back(n in big()) {
        prop_assert_eq!(&int::from_pickle_bytes(&int::to_pickle_bytes(&n)), &n);
        prop_assert_eq!(&int::from_digits15(&int::to_digits15(&n), int::is_negative(&n)).unwrap(), &n);
        prop_assert_eq!(&int::parse(int::to_decimal(&n, 0).unwrap().as_bytes(), 10, 0).unwrap(), &n);
        for text in [int::to_hex(&n), int::to_oct(&n), int::to_bin(&n)] {
            prop_assert_eq!(&int::parse(text.as_bytes(), 0, 0).unwrap(), &n);
        }
    }

    #[test]
    fn floats_read_back(x in number()) {
        let same = |y: f64| y.to_bits() == x.to_bits() || (x.is_nan() && y.is_nan());
        prop_assert!(same(float::parse(float::repr(x).as_bytes()).unwrap()));
        prop_assert!(same(float::from_hex(float::to_hex(x).as_bytes()).unwrap()));
        prop_assert!(same(pack::unpack_double(pack::pack_double(x))));
        let z = complex::new(x, 1.0);
        prop_assert_eq!(complex::repr(complex::parse(complex::repr(z).as_bytes()).unwrap()), complex::repr(z));
        if let Ok(n) = float::trunc(x) {
            prop_assert_eq!(int::to_f64(&n).unwrap(), x.trunc());
        }
    }

    #[test]
    fn half_and_single_read_back(bits in any::<u32>()) {
        prop_assert_eq!(pack::pack_half(pack::unpack_half(bits as u16)).unwrap(), bits as u16);
        prop_assert_eq!(pack::pack_single(pack::unpack_single(bits)).unwrap(), bits);
    }

    #[test]
    fn no_spec_panics(spec in "[ -~é]{0,3}[<>=^]?[-+ ]?z?#?0?[0-9]{0,3}[,_]?(\\.[0-9]{0,3}[,_]?)?[ -~]?", n in big(), x in number(), y in number()) {
        let swiss = NumberLocale { decimal_point: ",", thousands_sep: "’", grouping: &[3, 2, 0] };
        for family in [Family::Int, Family::Float, Family::Text] {
            if let Ok(spec) = FormatSpec::parse(&spec, family, "number") {
                let _ = format::int(&spec, &n, "int", &swiss, 4300);
                let _ = format::float(&spec, x, "float", &swiss);
                let _ = format::complex(&spec, x, y, "complex", &swiss);
                let _ = format::text(&spec, 3, "str");
            }
        }
    }

    #[test]
    fn no_text_panics(text in prop::collection::vec(any::<u8>(), 0..12), base in 0u32..40) {
        let _ = int::parse(&text, base, 4300);
        let _ = float::parse(&text);
        let _ = float::from_hex(&text);
        let _ = complex::parse(&text);
    }

    #[test]
    fn no_function_panics(x in number(), y in number(), digits in -400i64..400) {
        for (_, function) in math::UNARY {
            let _ = function(x);
        }
        let _ = float::round(x, digits);
        let _ = float::pow(x, y);
        let _ = float::floor_divmod(x, y);
        let _ = math::ldexp(x, digits * 1_000_000_007);
        let _ = complex::pow(complex::new(x, y), complex::new(y, x));
        let _ = math::hypot(&[x, y, x]);
        let _ = math::sumprod(&[x, y], &[y, y]);
    }
}

#[test]
fn huge_results_are_refused() {
    let memory = |e: orochi_number::NumberError| assert_eq!(e.kind, ErrorKind::Memory);
    let huge = IBig::from(1i64 << 62);
    memory(int::shl(&IBig::ONE, &huge).unwrap_err());
    memory(int::pow(&IBig::from(3), &huge).unwrap_err());
    memory(int::pow(&IBig::from(2), &huge).unwrap_err());
    memory(int::pow(&huge, &int::pow(&huge, &IBig::from(9)).unwrap()).unwrap_err());
    memory(int::factorial(&huge).unwrap_err());
    memory(int::perm(&huge, &(&huge - IBig::ONE)).unwrap_err());
    memory(int::comb(&huge, &(&huge / IBig::from(2))).unwrap_err());
    memory(int::to_bytes(&IBig::ONE, usize::MAX, true, false).unwrap_err());
    assert_eq!(int::round_half_even(&huge, usize::MAX).unwrap(), IBig::ZERO);
    for family in [Family::Int, Family::Float] {
        for text in ["9223372036854775807", "09223372036854775807,", "^9223372036854775807"] {
            let spec = FormatSpec::parse(text, family, "int").unwrap();
            memory(format::float(&spec, 1.0, "float", &NumberLocale::C).unwrap_err());
            memory(format::int(&spec, &huge, "int", &NumberLocale::C, 0).unwrap_err());
        }
    }
    let spec = percent::PercentSpec { width: usize::MAX, ..Default::default() };
    memory(percent::int(&spec, 'd', &huge, 0).unwrap_err());
    memory(percent::float(&spec, 'f', 1.0).unwrap_err());
}

#[test]
fn locale_groups_are_followed() {
    let spec = FormatSpec::parse("n", Family::Int, "int").unwrap();
    let group = |grouping: &[u8]| {
        let locale = NumberLocale { decimal_point: ",", thousands_sep: ".", grouping };
        format::int(&spec, &IBig::from(123_456_789_012i64), "int", &locale, 0).unwrap()
    };
    assert_eq!(group(&[3, 3, 0]), "123.456.789.012");
    assert_eq!(group(&[3, 2, 0]), "1.23.45.67.89.012");
    assert_eq!(group(&[3, 127]), "123456789.012");
    assert_eq!(group(&[127]), "123456789012");
    assert_eq!(group(&[0]), "123456789012");
    assert_eq!(group(&[]), "123456789012");
    let locale = NumberLocale { decimal_point: ",", thousands_sep: ".", grouping: &[3, 3, 0] };
    let spec = FormatSpec::parse(".7n", Family::Float, "float").unwrap();
    assert_eq!(format::float(&spec, 1234.5, "float", &locale).unwrap(), "1.234,5");
}
