//! SHA-3 and SHAKE: the Keccak sponge of FIPS 202.

use super::Algorithm;

const ROUNDS: [u64; 24] = round_constants();

/// The constants of iota, from their shift register (FIPS 202, 3.2.5).
const fn round_constants() -> [u64; 24] {
    let mut out = [0; 24];
    let mut register: u8 = 1;
    let mut round = 0;
    while round < 24 {
        let mut j = 0;
        while j < 7 {
            if register & 1 == 1 {
                out[round] |= 1u64 << ((1u32 << j) - 1);
            }
            register = if register & 0x80 == 0 { register << 1 } else { register << 1 ^ 0x71 };
            j += 1;
        }
        round += 1;
    }
    out
}

/// The permutation Keccak-f\[1600\]; lane (x, y) is `s[x + 5 * y]`.
fn permute(s: &mut [u64; 25]) {
    for constant in ROUNDS {
        // theta
        let c: [u64; 5] = std::array::from_fn(|x| s[x] ^ s[x + 5] ^ s[x + 10] ^ s[x + 15] ^ s[x + 20]);
        for x in 0..5 {
            let d = c[(x + 4) % 5] ^ c[(x + 1) % 5].rotate_left(1);
            for y in 0..5 {
                s[x + 5 * y] ^= d;
            }
        }
        // rho and pi: walk the lanes along pi's cycle
        let (mut x, mut y, mut lane) = (1, 0, s[1]);
        for i in 0..24u32 {
            (x, y) = (y, (2 * x + 3 * y) % 5);
            let next = s[x + 5 * y];
            s[x + 5 * y] = lane.rotate_left((i + 1) * (i + 2) / 2 % 64);
            lane = next;
        }
        // chi
        for row in s.chunks_exact_mut(5) {
            let r: [u64; 5] = std::array::from_fn(|x| row[x]);
            for x in 0..5 {
                row[x] = r[x] ^ (!r[(x + 1) % 5] & r[(x + 2) % 5]);
            }
        }
        // iota
        s[0] ^= constant;
    }
}

#[derive(Clone)]
struct Sponge {
    lanes: [u64; 25],
    /// Bytes of a block.
    rate: usize,
    /// Bytes of the block taken in so far.
    filled: usize,
    suffix: u8,
}

impl Sponge {
    fn absorb(&mut self, at: usize, byte: u8) {
        self.lanes[at / 8] ^= u64::from(byte) << (8 * (at % 8));
    }
}

impl Algorithm for Sponge {
    fn update(&mut self, mut data: &[u8]) {
        while !data.is_empty() {
            if self.filled == 0 && data.len() >= self.rate {
                let (block, rest) = data.split_at(self.rate);
                for (lane, word) in self.lanes.iter_mut().zip(block.chunks_exact(8)) {
                    *lane ^= word.try_into().map_or(0, u64::from_le_bytes);
                }
                permute(&mut self.lanes);
                data = rest;
                continue;
            }
            let n = data.len().min(self.rate - self.filled);
            for (i, &b) in data[..n].iter().enumerate() {
                self.absorb(self.filled + i, b);
            }
            self.filled += n;
            data = &data[n..];
            if self.filled == self.rate {
                permute(&mut self.lanes);
                self.filled = 0;
            }
        }
    }
    fn digest(&self, len: usize) -> Vec<u8> {
        let mut s = self.clone();
        s.absorb(s.filled, s.suffix);
        s.absorb(s.rate - 1, 0x80);
        let mut out = Vec::with_capacity(len + s.rate);
        loop {
            permute(&mut s.lanes);
            for lane in &s.lanes[..s.rate / 8] {
                out.extend_from_slice(&lane.to_le_bytes());
            }
            if out.len() >= len {
                out.truncate(len);
                return out;
            }
        }
    }
    fn copy(&self) -> Box<dyn Algorithm> {
        Box::new(self.clone())
    }
}

/// A sponge of `rate` bytes with the suffix byte of its function.
pub(super) fn new(rate: usize, suffix: u8) -> Box<dyn Algorithm> {
    Box::new(Sponge { lanes: [0; 25], rate, filled: 0, suffix })
}
