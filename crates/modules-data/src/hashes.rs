//! `_md5`, `_sha1`, `_sha2`, `_sha3` and `_blake2`: the hash functions behind `hashlib`.
//!
//! Every hash object has the same body: a boxed [`Algorithm`] behind a mutex. Large updates run
//! with the interpreter's lock given away; who finds the mutex taken waits for it that way too.

use std::borrow::Cow;
use std::sync::{Mutex, TryLockError};

use orochi_objects::spec::{Getter, flags};
use orochi_objects::type_::type_of;
use orochi_objects::{Args, Attached, Def, GetSet, Method, ModuleSpec, Payload, PyResult, TypeSpec, Value};
use orochi_objects::{args::Signature, buffer, bytes, dict, int, payload, protocol, str};

mod blake2;
mod keccak;
mod rust_crypto;
#[cfg(test)]
mod tests;

use crate::hashes::blake2::Parameters;

/// A hash function in the middle of its input.
trait Algorithm: Send {
    fn update(&mut self, data: &[u8]);
    /// The digest so far; `len` matters to functions of variable length.
    fn digest(&self, len: usize) -> Vec<u8>;
    fn copy(&self) -> Box<dyn Algorithm>;
}

/// What is fixed for a hash object.
#[derive(Clone, Copy)]
struct Facts {
    name: &'static ::core::primitive::str,
    /// 0: variable.
    digest_size: usize,
    block_size: usize,
}

/// The body of every hash object.
struct PyHash {
    facts: Facts,
    state: Mutex<Box<dyn Algorithm>>,
}

impl Payload for PyHash {
    payload!(PyHash, "hash");
    const CYCLIC: bool = false;
}

/// Bytes from which on an update gives the lock away.
const DETACH_FROM: usize = 2048;

fn body(v: &Value) -> &PyHash {
    match v.payload::<PyHash>() {
        Some(h) => h,
        None => unreachable!("methods are called with their own type"),
    }
}

/// Runs `f` on the state; if another thread has it, waits with the lock given away.
fn with<R: Send>(t: Attached<'_>, h: &PyHash, long: bool, f: impl FnOnce(&mut dyn Algorithm) -> R + Send) -> R {
    if !long {
        match h.state.try_lock() {
            Ok(mut state) => return f(&mut **state),
            Err(TryLockError::Poisoned(e)) => return f(&mut **e.into_inner()),
            Err(TryLockError::WouldBlock) => {}
        }
    }
    t.detached(|| f(&mut **h.state.lock().unwrap_or_else(|e| e.into_inner())))
}

/// Data to be hashed.
fn data_arg<'a>(t: Attached<'_>, v: &'a Value) -> PyResult<Cow<'a, [u8]>> {
    if let Some(b) = bytes::as_bytes(v) {
        return Ok(Cow::Borrowed(b));
    }
    if str::is_str(v) {
        return Err(t.type_error("Strings must be encoded before hashing"));
    }
    if !buffer::is_exporter(t, v) {
        return Err(t.type_error("object supporting the buffer API required"));
    }
    let full = buffer::get_full(t, v, false)?;
    if full.shape.as_ref().is_some_and(|s| s.shape.len() > 1) {
        return Err(t.raise(&orochi_objects::exception::BufferError, "Buffer must be single dimension"));
    }
    drop(full);
    Ok(Cow::Owned(buffer::get(t, v, false)?.to_vec()))
}

fn update(t: Attached<'_>, a: &[Value]) -> PyResult {
    let data = data_arg(t, &a[1])?;
    with(t, body(&a[0]), data.len() >= DETACH_FROM, |h| h.update(&data));
    Ok(Value::none())
}
fn copy(t: Attached<'_>, a: &[Value]) -> PyResult {
    let h = body(&a[0]);
    let state = Mutex::new(with(t, h, false, |h| h.copy()));
    let class = type_of(t, &a[0]).clone();
    orochi_objects::type_::alloc_instance(t, &class, PyHash { facts: h.facts, state })
}
fn digest_of(t: Attached<'_>, this: &Value) -> Vec<u8> {
    let h = body(this);
    let len = h.facts.digest_size;
    with(t, h, false, |h| h.digest(len))
}
fn digest(t: Attached<'_>, a: &[Value]) -> PyResult {
    bytes::try_new(t, &digest_of(t, &a[0]))
}
fn hexdigest(t: Attached<'_>, a: &[Value]) -> PyResult {
    bytes::hex_text(t, &digest_of(t, &a[0]), &Value::unbound(), &Value::unbound())
}
fn shake_bytes(t: Attached<'_>, a: &[Value]) -> PyResult<Vec<u8>> {
    let n = protocol::as_index(t, &a[1])?;
    let n = match int::as_i64(&n) {
        Some(n) if n < 0 => return Err(t.value_error("Cannot convert negative int")),
        Some(n) if n < 1 << 29 => n as usize,
        _ => return Err(t.value_error("length is too large")),
    };
    Ok(with(t, body(&a[0]), n >= DETACH_FROM, |h| h.digest(n)))
}
fn shake_digest(t: Attached<'_>, a: &[Value]) -> PyResult {
    bytes::try_new(t, &shake_bytes(t, a)?)
}
fn shake_hexdigest(t: Attached<'_>, a: &[Value]) -> PyResult {
    bytes::hex_text(t, &shake_bytes(t, a)?, &Value::unbound(), &Value::unbound())
}

fn get_name(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(str::intern(t, body(this).facts.name))
}
fn get_digest_size(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(int::from_usize(t, body(this).facts.digest_size))
}
fn get_block_size(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(int::from_usize(t, body(this).facts.block_size))
}
fn rate(this: &Value) -> usize {
    body(this).facts.block_size * 8
}
fn get_rate(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(int::from_usize(t, rate(this)))
}
fn get_capacity(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(int::from_usize(t, 1600 - rate(this)))
}
fn get_suffix(t: Attached<'_>, this: &Value) -> PyResult {
    bytes::try_new(t, if body(this).facts.digest_size == 0 { b"\x1f" } else { b"\x06" })
}

const COPY: Method = Method::new("copy", "($self, /)", copy, "A hash object in the same state.");
const UPDATE: Method = Method::new("update", "($self, obj, /)", update, "Takes in more data.");
const METHODS: &[Method] = &[
    COPY,
    Method::new("digest", "($self, /)", digest, "The digest as bytes."),
    Method::new("hexdigest", "($self, /)", hexdigest, "The digest as hexadecimal digits."),
    UPDATE,
];
const SHAKE_METHODS: &[Method] = &[
    COPY,
    Method::new("digest", "($self, /, length)", shake_digest, "The digest of that length as bytes."),
    Method::new("hexdigest", "($self, /, length)", shake_hexdigest, "The digest of that length as hexadecimal digits."),
    UPDATE,
];
const fn read(name: &'static ::core::primitive::str, get: Getter) -> GetSet {
    GetSet::read(name, get, "")
}
const GETSET: &[GetSet] =
    &[read("block_size", get_block_size), read("digest_size", get_digest_size), read("name", get_name)];
const SHA3_GETSET: &[GetSet] = &[
    read("_capacity_bits", get_capacity),
    read("_rate_bits", get_rate),
    read("_suffix", get_suffix),
    read("block_size", get_block_size),
    read("digest_size", get_digest_size),
    read("name", get_name),
];

/// The data among the arguments `data` and its old name `string`.
fn initial<'a>(t: Attached<'_>, data: &'a Value, string: &'a Value) -> PyResult<Option<&'a Value>> {
    match (data.given(), string.given()) {
        (Some(_), Some(_)) => {
            Err(t.type_error("'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for removal in a future version."))
        }
        (data, string) => Ok(data.or(string)),
    }
}

fn made(
    t: Attached<'_>,
    facts: Facts,
    mut state: Box<dyn Algorithm>,
    data: Option<&Value>,
    alloc: impl FnOnce(PyHash) -> PyResult,
) -> PyResult {
    if let Some(v) = data {
        let data = data_arg(t, v)?;
        if data.len() >= DETACH_FROM { t.detached(|| state.update(&data)) } else { state.update(&data) }
    }
    alloc(PyHash { facts, state: Mutex::new(state) })
}

/// Hash types made by functions of their module.
macro_rules! functions {
    ($($type:ident $make:ident $type_name:literal $name:literal $size:literal $block:literal $state:expr;)+) => { $(
        static $type: TypeSpec =
            TypeSpec::new::<PyHash>($type_name).flags(flags::NO_NEW).methods(METHODS).getset(GETSET);
        fn $make(t: Attached<'_>, a: &[Value]) -> PyResult {
            let facts = Facts { name: $name, digest_size: $size, block_size: $block };
            let data = initial(t, &a[0], &a[2])?;
            made(t, facts, $state, data, |h| Ok($type.alloc(t, h)))
        }
    )+ };
}
functions! {
    MD5_TYPE md5 "_md5.md5" "md5" 16 64 rust_crypto::new::<md5::Md5>();
    SHA1_TYPE sha1 "_sha1.sha1" "sha1" 20 64 rust_crypto::new::<sha1::Sha1>();
    SHA224_TYPE sha224 "_sha2.SHA224Type" "sha224" 28 64 rust_crypto::new::<sha2::Sha224>();
    SHA256_TYPE sha256 "_sha2.SHA256Type" "sha256" 32 64 rust_crypto::new::<sha2::Sha256>();
    SHA384_TYPE sha384 "_sha2.SHA384Type" "sha384" 48 128 rust_crypto::new::<sha2::Sha384>();
    SHA512_TYPE sha512 "_sha2.SHA512Type" "sha512" 64 128 rust_crypto::new::<sha2::Sha512>();
}

const SIGNATURE: &::core::primitive::str = "(data=b'', *, usedforsecurity=True, string=None)";

/// Hash types that are called themselves.
macro_rules! types {
    ($($type:ident $new:ident $type_name:literal $name:literal $size:literal $block:literal $suffix:literal $methods:expr;)+) => { $(
        static $type: TypeSpec = TypeSpec::new::<PyHash>($type_name)
            .slots(&[Def::New($new)])
            .methods($methods)
            .getset(SHA3_GETSET);
        fn $new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
            let facts = Facts { name: $name, digest_size: $size, block_size: $block };
            Signature::parse(SIGNATURE).call(t, $name, args, |a| {
                let data = initial(t, &a[0], &a[2])?;
                made(t, facts, keccak::new($block, $suffix), data, |h| $type.alloc_for(t, class, h))
            })
        }
    )+ };
}
types! {
    SHA3_224 sha3_224 "_sha3.sha3_224" "sha3_224" 28 144 0x06 METHODS;
    SHA3_256 sha3_256 "_sha3.sha3_256" "sha3_256" 32 136 0x06 METHODS;
    SHA3_384 sha3_384 "_sha3.sha3_384" "sha3_384" 48 104 0x06 METHODS;
    SHA3_512 sha3_512 "_sha3.sha3_512" "sha3_512" 64 72 0x06 METHODS;
    SHAKE_128 shake_128 "_sha3.shake_128" "shake_128" 0 168 0x1f SHAKE_METHODS;
    SHAKE_256 shake_256 "_sha3.shake_256" "shake_256" 0 136 0x1f SHAKE_METHODS;
}

/// What all the modules have.
fn common(t: Attached<'_>, namespace: &Value) {
    dict::set_by_name(t, namespace, "_GIL_MINSIZE", int::from_usize(t, DETACH_FROM));
}

/// `_md5`.
pub static MD5: ModuleSpec = ModuleSpec::new("_md5")
    .functions(&[Method::new("md5", SIGNATURE, md5, "An MD5 hash object.")])
    .exec(|t, namespace| {
        common(t, namespace);
        dict::set_by_name(t, namespace, "MD5Type", MD5_TYPE.get(t).clone());
        Ok(())
    });
/// `_sha1`.
pub static SHA1: ModuleSpec = ModuleSpec::new("_sha1")
    .functions(&[Method::new("sha1", SIGNATURE, sha1, "A SHA1 hash object.")])
    .exec(|t, namespace| {
        common(t, namespace);
        dict::set_by_name(t, namespace, "SHA1Type", SHA1_TYPE.get(t).clone());
        Ok(())
    });
/// `_sha2`.
pub static SHA2: ModuleSpec = ModuleSpec::new("_sha2")
    .functions(&[
        Method::new("sha224", SIGNATURE, sha224, "A SHA-224 hash object."),
        Method::new("sha256", SIGNATURE, sha256, "A SHA-256 hash object."),
        Method::new("sha384", SIGNATURE, sha384, "A SHA-384 hash object."),
        Method::new("sha512", SIGNATURE, sha512, "A SHA-512 hash object."),
    ])
    .types(&[&SHA224_TYPE, &SHA256_TYPE, &SHA384_TYPE, &SHA512_TYPE])
    .exec(|t, namespace| {
        common(t, namespace);
        Ok(())
    });
/// `_sha3`.
pub static SHA3: ModuleSpec = ModuleSpec::new("_sha3")
    .types(&[&SHA3_224, &SHA3_256, &SHA3_384, &SHA3_512, &SHAKE_128, &SHAKE_256])
    .exec(|t, namespace| {
        common(t, namespace);
        dict::set_by_name(t, namespace, "implementation", str::new(t, "Orochi"));
        Ok(())
    });

// --- BLAKE2 --------------------------------------------------------------------------------------

static BLAKE2B: TypeSpec = TypeSpec::new::<PyHash>("_blake2.blake2b")
    .slots(&[Def::New(blake2b_new)])
    .methods(METHODS)
    .getset(GETSET)
    .extra(|t, class| blake2_constants(t, class, 16, 64));
static BLAKE2S: TypeSpec = TypeSpec::new::<PyHash>("_blake2.blake2s")
    .slots(&[Def::New(blake2s_new)])
    .methods(METHODS)
    .getset(GETSET)
    .extra(|t, class| blake2_constants(t, class, 8, 32));

/// `_blake2`.
pub static BLAKE2: ModuleSpec = ModuleSpec::new("_blake2").types(&[&BLAKE2B, &BLAKE2S]).exec(|t, namespace| {
    common(t, namespace);
    for (letter, salt, digest) in [('B', 16, 64), ('S', 8, 32)] {
        for (name, n) in [("SALT_SIZE", salt), ("PERSON_SIZE", salt), ("MAX_KEY_SIZE", digest), ("MAX_DIGEST_SIZE", digest)] {
            dict::set_by_name(t, namespace, &format!("BLAKE2{letter}_{name}"), Value::i32(n));
        }
    }
    Ok(())
});

fn blake2_constants(t: Attached<'_>, class: &Value, salt: i32, digest: i32) -> PyResult<()> {
    let own = orochi_objects::type_::as_type(class).dict.load();
    for (name, n) in [("SALT_SIZE", salt), ("PERSON_SIZE", salt), ("MAX_KEY_SIZE", digest), ("MAX_DIGEST_SIZE", digest)] {
        dict::set_by_name(t, &own, name, Value::i32(n));
    }
    Ok(())
}

fn blake2b_new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    blake2_new(t, class, args, true)
}
fn blake2s_new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    blake2_new(t, class, args, false)
}

fn blake2_new(t: Attached<'_>, class: &Value, args: Args<'_>, wide: bool) -> PyResult {
    let (name, title, most, salt_size) =
        if wide { ("blake2b", "Blake2b", 64, 16) } else { ("blake2s", "Blake2s", 32, 8) };
    let signature = Signature::parse(
        "(data=b'', /, *, digest_size=64, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, \
         node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True, string=None)",
    );
    signature.call(t, name, args, |a| {
        let data = initial(t, &a[0], &a[13])?;
        let small = |v: &Value, default: i64| v.given().map_or(Ok(default), |v| protocol::expect_i64(t, v));
        let piece = |v: &Value, what: &::core::primitive::str, most: usize| -> PyResult<Vec<u8>> {
            let Some(v) = v.given() else { return Ok(Vec::new()) };
            let bytes = buffer::read_arg(t, v, "")?.to_vec();
            if bytes.len() > most {
                return Err(t.value_error(format!("maximum {what} length is {most} bytes")));
            }
            Ok(bytes)
        };
        let digest_size = small(&a[1], most as i64)?;
        if !(1..=most as i64).contains(&digest_size) {
            return Err(t.value_error(format!(
                "digest_size for {title} must be between 1 and {most} bytes, here it is {digest_size}"
            )));
        }
        let salt = piece(&a[3], "salt", salt_size)?;
        let person = piece(&a[4], "person", salt_size)?;
        let byte = |v: &Value, what: &::core::primitive::str, low: i64, default: i64| -> PyResult<u8> {
            let n = small(v, default)?;
            if !(low..=255).contains(&n) {
                return Err(t.value_error(format!("{what} must be between {low} and 255")));
            }
            Ok(n as u8)
        };
        let fanout = byte(&a[5], "fanout", 0, 1)?;
        let depth = byte(&a[6], "depth", 1, 1)?;
        let big = |v: &Value, most: u64, what: &::core::primitive::str| -> PyResult<u64> {
            let Some(v) = v.given() else { return Ok(0) };
            let n = protocol::as_index(t, v)?;
            let Some(n) = int::as_big(&n) else { return Ok(0) };
            if orochi_number::int::is_negative(&n) {
                return Err(t.value_error("Cannot convert negative int"));
            }
            u64::try_from(&n).ok().filter(|&n| n <= most).ok_or_else(|| t.overflow_error(format!("{what} is too large")))
        };
        let leaf_size = big(&a[7], u64::from(u32::MAX), "leaf_size")? as u32;
        let node_offset = big(&a[8], if wide { u64::MAX } else { (1 << 48) - 1 }, "node_offset")?;
        let node_depth = byte(&a[9], "node_depth", 0, 0)?;
        let inner_size = small(&a[10], 0)?;
        if !(0..=most as i64).contains(&inner_size) {
            return Err(t.value_error(format!("inner_size must be between 0 and is {most}")));
        }
        let last_node = a[11].given().map_or(Ok(false), |v| protocol::truth(t, v))?;
        let key = piece(&a[2], "key", most)?;
        let parameters = Parameters {
            digest_size: digest_size as u8,
            key,
            salt,
            person,
            fanout,
            depth,
            leaf_size,
            node_offset,
            node_depth,
            inner_size: inner_size as u8,
            last_node,
        };
        let facts = Facts { name, digest_size: digest_size as usize, block_size: most * 2 };
        let (spec, state) = if wide { (&BLAKE2B, blake2::wide(&parameters)) } else { (&BLAKE2S, blake2::narrow(&parameters)) };
        made(t, facts, state, data, |h| spec.alloc_for(t, class, h))
    })
}
