//! What a pickler has written already, by identity: an open hash table from the identity of a value
//! to its number in the pickle. The memo keeps the values alive, so identities stay theirs.

use orochi_objects::Value;

/// The memo of a pickler.
#[derive(Default)]
pub(super) struct Memo {
    /// The values with their numbers, in the order in which they came.
    pub entries: Vec<(Value, u32)>,
    /// Identity (0: free) and number; the size is a power of two.
    table: Vec<(u64, u32)>,
}

fn place(identity: u64) -> usize {
    ((identity >> 3).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20) as usize
}

impl Memo {
    /// The number of a value.
    #[inline]
    pub fn get(&self, v: &Value) -> Option<u32> {
        if self.table.is_empty() {
            return None;
        }
        let (mask, identity) = (self.table.len() - 1, v.identity());
        let mut at = place(identity) & mask;
        loop {
            match self.table[at] {
                (0, _) => return None,
                (found, n) if found == identity => return Some(n),
                _ => at = (at + 1) & mask,
            }
        }
    }
    /// The number that the next value gets.
    pub fn next(&self) -> u32 {
        self.entries.len() as u32
    }
    /// Takes a value in.
    pub fn put(&mut self, v: &Value, number: u32) {
        if (self.entries.len() + 1) * 3 > self.table.len() * 2 {
            let size = (self.table.len() * 2).max(64);
            self.table = vec![(0, 0); size];
            for (v, n) in &self.entries {
                Self::insert(&mut self.table, v.identity(), *n);
            }
        }
        self.entries.push((v.clone(), number));
        Self::insert(&mut self.table, v.identity(), number);
    }
    /// Uses up a number for something that nobody can refer to.
    pub fn skip(&mut self) {
        let n = self.next();
        self.put(&Value::unbound(), n);
    }
    fn insert(table: &mut [(u64, u32)], identity: u64, number: u32) {
        let mask = table.len() - 1;
        let mut at = place(identity) & mask;
        while table[at].0 != 0 && table[at].0 != identity {
            at = (at + 1) & mask;
        }
        table[at] = (identity, number);
    }
}
