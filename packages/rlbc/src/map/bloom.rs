use std::marker::PhantomData;

use libbpf_rs::{MapCore as _, MapFlags, MapType};

use super::typed_map;
use crate::{Plain, RawMap, Result};

/// A bloom filter: it knows surely what was never added.
#[derive(Debug)]
pub struct BloomFilter<V> {
    raw: RawMap,
    types: PhantomData<fn(V)>,
}

typed_map!(
    BloomFilter<V>,
    |kind: MapType| kind.is_bloom_filter(),
    0,
    size_of::<V>()
);

impl<V: Plain> BloomFilter<V> {
    /// Adds a value.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`](crate::ErrorCode).
    pub fn insert(&self, value: &V) -> Result<()> {
        let pushed = self
            .raw
            .handle()?
            .update(&[], value.as_bytes(), MapFlags::ANY);
        pushed.map_err(|source| self.raw.failed("add to", source))
    }

    /// Whether a value may have been added; `false` is certain.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`](crate::ErrorCode).
    pub fn may_contain(&self, value: &V) -> Result<bool> {
        let found = self.raw.handle()?.lookup_bloom_filter(value.as_bytes());
        found.map_err(|source| self.raw.failed("look up a value of", source))
    }
}
