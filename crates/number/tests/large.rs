//! Identities on ints large enough for the bignum library's fast algorithms (Karatsuba, Toom, number-theoretic transform,
//! divide-and-conquer division and radix conversion), whose errors no small case would show.

use orochi_number::random::MersenneTwister;
use orochi_number::{IBig, int};

/// Residue modulo a prime by plain word arithmetic, independent of the library's division.
fn residue(n: &IBig, prime: u64) -> u64 {
    let (_, words) = n.as_sign_words();
    words.iter().rev().fold(0u128, |r, &w| ((r << 64) | u128::from(w)) % u128::from(prime)) as u64
}

const PRIMES: [u64; 3] = [(1 << 61) - 1, 4_294_967_291, 1_000_000_007];

#[test]
fn identities_hold_at_every_size() {
    let mut random = MersenneTwister::from_seed(&IBig::from(7));
    for step in 0..60 {
        let bits = 64 << (step % 13);
        let a = random.bits(bits + step).unwrap() + IBig::ONE;
        let b = random.bits(bits / (1 + step % 3) + 3).unwrap() + IBig::ONE;
        let product = int::mul(&a, &b).unwrap();
        let square = int::mul(&a, &a).unwrap();
        for prime in PRIMES {
            let times = |x: u64, y: u64| (u128::from(x) * u128::from(y) % u128::from(prime)) as u64;
            assert_eq!(residue(&product, prime), times(residue(&a, prime), residue(&b, prime)), "product of {bits} bits");
            assert_eq!(residue(&square, prime), times(residue(&a, prime), residue(&a, prime)), "square of {bits} bits");
        }
        let dividend = &product - IBig::from(step as i64 * 3);
        let (q, r) = int::floor_divmod(&dividend, &b).unwrap();
        assert!(!int::is_negative(&r) && r < b);
        assert_eq!(&q * &b + &r, dividend, "division at {bits} bits");
        let (q, r) = int::floor_divmod(&-&dividend, &b).unwrap();
        assert!(!int::is_negative(&r) && r < b);
        assert_eq!(&q * &b + &r, -&dividend);
        let root = int::isqrt(&dividend).unwrap();
        assert!(&root * &root <= dividend && (&root + IBig::ONE) * (&root + IBig::ONE) > dividend);
        let text = int::to_decimal(&product, 0).unwrap();
        assert_eq!(int::parse(text.as_bytes(), 10, 0).unwrap(), product, "decimal at {bits} bits");
        // The decimal text itself, by its residue.
        let prime = PRIMES[2];
        let digits = text.bytes().fold(0, |r, d| (r * 10 + u64::from(d - b'0')) % prime);
        assert_eq!(digits, residue(&product, prime));
        if bits <= 1 << 14 {
            // gcd(a*b, a*a) = a * gcd(b, a)
            assert_eq!(int::gcd(&product, &square), int::gcd(&a, &b) * &a);
        }
        assert_eq!(int::hash(&product) as u64, residue(&product, PRIMES[0]));
    }
}
