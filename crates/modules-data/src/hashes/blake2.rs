//! BLAKE2b and BLAKE2s with all their parameters (RFC 7693 and the BLAKE2 paper's parameter block).

use super::Algorithm;

/// What a hash is parametrised with. Lengths are checked by the caller.
pub(super) struct Parameters {
    pub digest_size: u8,
    pub key: Vec<u8>,
    pub salt: Vec<u8>,
    pub person: Vec<u8>,
    pub fanout: u8,
    pub depth: u8,
    pub leaf_size: u32,
    pub node_offset: u64,
    pub node_depth: u8,
    pub inner_size: u8,
    pub last_node: bool,
}

/// Message schedule: ten rows, of which BLAKE2b uses the first two again.
const SIGMA: [[u8; 16]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

macro_rules! variant {
    ($name:ident $make:ident $word:ty, $double:ty, $block:literal, $rounds:literal, [$($rotation:literal)+], $iv:expr) => {
        #[derive(Clone)]
        struct $name {
            h: [$word; 8],
            /// Bytes compressed so far.
            count: $double,
            buffer: [u8; $block],
            filled: usize,
            last_node: bool,
            digest_size: usize,
        }

        impl $name {
            const IV: [$word; 8] = $iv;
            const ROTATIONS: [u32; 4] = [$($rotation),+];

            fn compress(&mut self, block: &[u8; $block], last: bool) {
                const WIDTH: usize = size_of::<$word>();
                let m: [$word; 16] = std::array::from_fn(|i| {
                    let mut word = [0; WIDTH];
                    word.copy_from_slice(&block[i * WIDTH..(i + 1) * WIDTH]);
                    <$word>::from_le_bytes(word)
                });
                let mut v: [$word; 16] = std::array::from_fn(|i| if i < 8 { self.h[i] } else { Self::IV[i - 8] });
                v[12] ^= self.count as $word;
                v[13] ^= (self.count >> <$word>::BITS) as $word;
                if last {
                    v[14] = !v[14];
                    if self.last_node {
                        v[15] = !v[15];
                    }
                }
                let [r0, r1, r2, r3] = Self::ROTATIONS;
                let mut mix = |a: usize, b: usize, c: usize, d: usize, x: $word, y: $word| {
                    v[a] = v[a].wrapping_add(v[b]).wrapping_add(x);
                    v[d] = (v[d] ^ v[a]).rotate_right(r0);
                    v[c] = v[c].wrapping_add(v[d]);
                    v[b] = (v[b] ^ v[c]).rotate_right(r1);
                    v[a] = v[a].wrapping_add(v[b]).wrapping_add(y);
                    v[d] = (v[d] ^ v[a]).rotate_right(r2);
                    v[c] = v[c].wrapping_add(v[d]);
                    v[b] = (v[b] ^ v[c]).rotate_right(r3);
                };
                for round in 0..$rounds {
                    let s = &SIGMA[round % 10];
                    let at = |i: usize| m[s[i] as usize];
                    mix(0, 4, 8, 12, at(0), at(1));
                    mix(1, 5, 9, 13, at(2), at(3));
                    mix(2, 6, 10, 14, at(4), at(5));
                    mix(3, 7, 11, 15, at(6), at(7));
                    mix(0, 5, 10, 15, at(8), at(9));
                    mix(1, 6, 11, 12, at(10), at(11));
                    mix(2, 7, 8, 13, at(12), at(13));
                    mix(3, 4, 9, 14, at(14), at(15));
                }
                for i in 0..8 {
                    self.h[i] ^= v[i] ^ v[i + 8];
                }
            }
        }

        impl Algorithm for $name {
            fn update(&mut self, mut data: &[u8]) {
                // The last block waits for the digest, so a full buffer is compressed only when more comes.
                while !data.is_empty() {
                    if self.filled == $block {
                        self.count = self.count.wrapping_add($block);
                        let block = self.buffer;
                        self.compress(&block, false);
                        self.filled = 0;
                    }
                    let n = data.len().min($block - self.filled);
                    self.buffer[self.filled..self.filled + n].copy_from_slice(&data[..n]);
                    self.filled += n;
                    data = &data[n..];
                }
            }
            fn digest(&self, _: usize) -> Vec<u8> {
                let mut s = self.clone();
                s.count = s.count.wrapping_add(s.filled as $double);
                s.buffer[s.filled..].fill(0);
                let block = s.buffer;
                s.compress(&block, true);
                let mut out: Vec<u8> = s.h.iter().flat_map(|w| w.to_le_bytes()).collect();
                out.truncate(s.digest_size);
                out
            }
            fn copy(&self) -> Box<dyn Algorithm> {
                Box::new(self.clone())
            }
        }

        /// The function before any input.
        pub(super) fn $make(p: &Parameters) -> Box<dyn Algorithm> {
            const WIDTH: usize = size_of::<$word>();
            let mut block = Vec::with_capacity(8 * WIDTH);
            block.extend_from_slice(&[p.digest_size, p.key.len() as u8, p.fanout, p.depth]);
            block.extend_from_slice(&p.leaf_size.to_le_bytes());
            if WIDTH == 8 {
                block.extend_from_slice(&p.node_offset.to_le_bytes());
                block.extend_from_slice(&[p.node_depth, p.inner_size]);
                block.extend_from_slice(&[0; 14]);
            } else {
                block.extend_from_slice(&p.node_offset.to_le_bytes()[..6]);
                block.extend_from_slice(&[p.node_depth, p.inner_size]);
            }
            for piece in [&p.salt, &p.person] {
                let end = block.len() + 2 * WIDTH;
                block.extend_from_slice(piece);
                block.resize(end, 0);
            }
            let h = std::array::from_fn(|i| {
                let mut word = [0; WIDTH];
                word.copy_from_slice(&block[i * WIDTH..(i + 1) * WIDTH]);
                $name::IV[i] ^ <$word>::from_le_bytes(word)
            });
            let mut state = $name {
                h,
                count: 0,
                buffer: [0; $block],
                filled: 0,
                last_node: p.last_node,
                digest_size: usize::from(p.digest_size),
            };
            if !p.key.is_empty() {
                let mut padded = [0; $block];
                padded[..p.key.len()].copy_from_slice(&p.key);
                state.update(&padded);
            }
            Box::new(state)
        }
    };
}

variant!(Wide wide u64, u128, 128, 12, [32 24 16 63], [
    0x6a09_e667_f3bc_c908, 0xbb67_ae85_84ca_a73b, 0x3c6e_f372_fe94_f82b, 0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1, 0x9b05_688c_2b3e_6c1f, 0x1f83_d9ab_fb41_bd6b, 0x5be0_cd19_137e_2179,
]);
variant!(Narrow narrow u32, u64, 64, 10, [16 12 8 7], [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
]);
