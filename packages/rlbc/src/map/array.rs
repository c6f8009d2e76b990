use std::marker::PhantomData;

use libbpf_rs::{MapCore as _, MapFlags, MapType};
use zerocopy::IntoBytes as _;

use super::typed_map;
use crate::{Plain, RawMap, Result};

/// An array in the kernel; every index below its length has a value, at first all zero.
#[derive(Debug)]
pub struct ArrayMap<V> {
    raw: RawMap,
    types: PhantomData<fn() -> V>,
}

typed_map!(
    ArrayMap<V>,
    |kind: MapType| !kind.is_percpu(),
    size_of::<u32>(),
    size_of::<V>()
);

impl<V: Plain> ArrayMap<V> {
    /// How many values there are.
    ///
    /// # Errors
    /// [`ErrorCode::MapNotCreated`](crate::ErrorCode).
    pub fn max_entries(&self) -> Result<u32> {
        Ok(self.raw.handle()?.max_entries())
    }

    /// The value at an index; `None` past the end.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`](crate::ErrorCode).
    pub fn lookup(&self, index: u32) -> Result<Option<V>> {
        let mut value = V::new_zeroed();
        let found =
            self.raw
                .handle()?
                .lookup_into(index.as_bytes(), value.as_mut_bytes(), MapFlags::ANY);
        Ok(found
            .map_err(|source| self.raw.failed("look up an index of", source))?
            .then_some(value))
    }

    /// Sets the value at an index.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`](crate::ErrorCode), past the end and for `MapFlags::NO_EXIST`.
    pub fn update(&self, index: u32, value: &V, flags: MapFlags) -> Result<()> {
        let updated = self
            .raw
            .handle()?
            .update(index.as_bytes(), value.as_bytes(), flags);
        updated.map_err(|source| self.raw.failed("update", source))
    }

    /// The values in order of their index.
    ///
    /// # Errors
    /// [`ErrorCode::MapNotCreated`](crate::ErrorCode).
    pub fn iter(&self) -> Result<impl Iterator<Item = Result<(u32, V)>>> {
        let indices = 0..self.max_entries()?;
        Ok(indices.filter_map(|index| {
            self.lookup(index)
                .map(|value| value.map(|value| (index, value)))
                .transpose()
        }))
    }
}
