//! The persistent map of a context: a trie over the identity of the variables, 32 ways a level.
//!
//! Nodes are objects that never change; setting a value copies the nodes on the way from the root,
//! at most thirteen. Two variables never share all their bits, so there are no collision nodes.
//! A leaf is a pair (variable, value). None stands for the empty map.

use orochi_heap::{Payload, Value, Visit, payload};
use orochi_objects::spec::{TypeSpec, flags};
use orochi_objects::{Attached, tuple};

/// An inner node.
struct PyNode {
    /// Which of the 32 ways are taken.
    bitmap: u32,
    /// Values below this node.
    count: usize,
    /// A pair or a node for each way taken.
    children: Box<[Value]>,
}

impl Payload for PyNode {
    payload!(PyNode, "hamt_node");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.values(self.children.iter());
    }
}

static NODE: TypeSpec = TypeSpec::new::<PyNode>("_contextvars.hamt_node").flags(flags::NO_NEW);

/// Bits of a key: the address without its alignment, mixed so that neighbours differ early.
fn bits(key: &Value) -> u64 {
    // An odd factor: different addresses stay different.
    (key.identity() >> 4).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

fn way(bits: u64, depth: u32) -> u32 {
    1 << (bits >> (5 * depth).min(63) & 31)
}

fn place(node: &PyNode, way: u32) -> usize {
    (node.bitmap & (way - 1)).count_ones() as usize
}

fn key_of(pair: &Value) -> &Value {
    &tuple::items(pair)[0]
}

/// Number of values.
pub fn len(map: &Value) -> usize {
    map.payload::<PyNode>().map_or(0, |n| n.count)
}

/// The value of a key.
pub fn get(map: &Value, key: &Value) -> Option<Value> {
    let bits = bits(key);
    let mut node = map.payload::<PyNode>()?;
    let mut depth = 0;
    loop {
        let way = way(bits, depth);
        if node.bitmap & way == 0 {
            return None;
        }
        let child = &node.children[place(node, way)];
        match child.payload::<PyNode>() {
            Some(next) => node = next,
            None if key_of(child).is(key) => return Some(tuple::items(child)[1].clone()),
            None => return None,
        }
        depth += 1;
    }
}

fn make(t: Attached<'_>, bitmap: u32, children: Vec<Value>) -> Value {
    let count = children.iter().map(|c| c.payload::<PyNode>().map_or(1, |n| n.count)).sum();
    NODE.alloc(t, PyNode { bitmap, count, children: children.into() })
}

/// The map with the key's value set.
pub fn with(t: Attached<'_>, map: &Value, key: &Value, value: &Value) -> Value {
    let pair = tuple::new(t, vec![key.clone(), value.clone()]);
    match map.payload::<PyNode>() {
        Some(node) => insert(t, node, bits(key), 0, pair),
        None => make(t, way(bits(key), 0), vec![pair]),
    }
}

fn insert(t: Attached<'_>, node: &PyNode, bits_of_key: u64, depth: u32, pair: Value) -> Value {
    let way = way(bits_of_key, depth);
    let at = place(node, way);
    let mut children = node.children.to_vec();
    if node.bitmap & way == 0 {
        children.insert(at, pair);
        return make(t, node.bitmap | way, children);
    }
    let child = children[at].clone();
    children[at] = match child.payload::<PyNode>() {
        Some(next) => insert(t, next, bits_of_key, depth + 1, pair),
        None if key_of(&child).is(key_of(&pair)) => pair,
        None => part(t, child, pair, depth + 1),
    };
    make(t, node.bitmap, children)
}

/// A node that tells two pairs apart from `depth` on.
fn part(t: Attached<'_>, a: Value, b: Value, depth: u32) -> Value {
    let (x, y) = (way(bits(key_of(&a)), depth), way(bits(key_of(&b)), depth));
    if x == y {
        let below = part(t, a, b, depth + 1);
        return make(t, x, vec![below]);
    }
    make(t, x | y, if x < y { vec![a, b] } else { vec![b, a] })
}

/// The map without the key.
pub fn without(t: Attached<'_>, map: &Value, key: &Value) -> Value {
    match map.payload::<PyNode>() {
        Some(node) => match remove(t, node, key, bits(key), 0) {
            Removed::Same => map.clone(),
            Removed::Empty => Value::none(),
            // The root stays a node.
            Removed::Child(child) if child.payload::<PyNode>().is_none() => {
                let way = way(bits(key_of(&child)), 0);
                make(t, way, vec![child])
            }
            Removed::Child(child) => child,
        },
        None => Value::none(),
    }
}

enum Removed {
    Same,
    Empty,
    Child(Value),
}

fn remove(t: Attached<'_>, node: &PyNode, key: &Value, bits: u64, depth: u32) -> Removed {
    let way = way(bits, depth);
    if node.bitmap & way == 0 {
        return Removed::Same;
    }
    let at = place(node, way);
    let mut children = node.children.to_vec();
    let child = children[at].clone();
    let outcome = match child.payload::<PyNode>() {
        Some(next) => remove(t, next, key, bits, depth + 1),
        None if key_of(&child).is(key) => Removed::Empty,
        None => Removed::Same,
    };
    let bitmap = match outcome {
        Removed::Same => return Removed::Same,
        Removed::Empty => {
            children.remove(at);
            node.bitmap & !way
        }
        Removed::Child(new) => {
            children[at] = new;
            node.bitmap
        }
    };
    match &children[..] {
        [] => Removed::Empty,
        // A lone pair moves up.
        [one] if one.payload::<PyNode>().is_none() => Removed::Child(one.clone()),
        _ => Removed::Child(make(t, bitmap, children)),
    }
}

/// Calls `f` with each pair.
pub fn for_each(map: &Value, f: &mut dyn FnMut(&Value)) {
    if let Some(node) = map.payload::<PyNode>() {
        for child in &node.children {
            if child.payload::<PyNode>().is_some() {
                for_each(child, f);
            } else {
                f(child);
            }
        }
    }
}
