//! `math.sumprod` on floats: products and sums without rounding until the end, in triple-length arithmetic.
//!
//! Source of the algorithms: Ogita, Rump, Oishi, "Accurate Sum and Dot Product" (2005): error-free sum (3.1), error-free
//! product by fused multiply-add (3.5), and the sum in K-fold precision (5.10) for K = 3.

use crate::{NumberError, NumberResult};

/// A running sum of products. Feed pairs of floats; a pair that makes it infinite or NaN is refused, and the caller goes
/// on with ordinary arithmetic from [`SumProd::total`].
#[derive(Clone, Copy, Debug, Default)]
pub struct SumProd {
    high: f64,
    low: f64,
    tiny: f64,
}

/// `a + b` as sum and rounding error.
fn exact_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let z = sum - a;
    (sum, (a - (sum - z)) + (b - z))
}

impl SumProd {
    /// Adds `x * y`. `false`: the sum would not be finite and is unchanged.
    #[must_use]
    pub fn push(&mut self, x: f64, y: f64) -> bool {
        let product = x * y;
        let error = x.mul_add(y, -product);
        let (high, high_rest) = exact_sum(self.high, product);
        if !high.is_finite() {
            return false;
        }
        let (low, low_rest) = exact_sum(self.low, error);
        let (low, rest) = exact_sum(low, high_rest);
        *self = Self { high, low, tiny: self.tiny + low_rest + rest };
        true
    }

    /// The sum so far, rounded once.
    pub fn total(&self) -> f64 {
        let (sum, rest) = exact_sum(self.low, self.high);
        self.tiny + rest + sum
    }
}

/// `math.sumprod(p, q)` on floats.
///
/// # Errors
/// `ValueError: Inputs are not the same length`.
pub fn sumprod(p: &[f64], q: &[f64]) -> NumberResult<f64> {
    if p.len() != q.len() {
        return Err(NumberError::value("Inputs are not the same length"));
    }
    let mut sum = SumProd::default();
    let mut pairs = p.iter().zip(q);
    while let Some((&x, &y)) = pairs.next() {
        if !sum.push(x, y) {
            let start = sum.total() + x * y;
            return Ok(pairs.fold(start, |total, (x, y)| total + x * y));
        }
    }
    Ok(sum.total())
}
