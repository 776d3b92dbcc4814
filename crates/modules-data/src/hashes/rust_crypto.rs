//! Hash functions of the RustCrypto crates.

use md5::Digest;

use super::Algorithm;

struct Wrapped<D>(D);

impl<D: Digest + Clone + Send + 'static> Algorithm for Wrapped<D> {
    fn update(&mut self, data: &[u8]) {
        Digest::update(&mut self.0, data);
    }
    fn digest(&self, _: usize) -> Vec<u8> {
        self.0.clone().finalize().to_vec()
    }
    fn copy(&self) -> Box<dyn Algorithm> {
        Box::new(Wrapped(self.0.clone()))
    }
}

/// The function before any input.
pub(super) fn new<D: Digest + Clone + Send + 'static>() -> Box<dyn Algorithm> {
    Box::new(Wrapped(D::new()))
}
