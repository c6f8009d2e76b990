use std::marker::PhantomData;

use libbpf_rs::{MapCore as _, MapFlags, MapType};

use super::typed_map;
use crate::{Plain, RawMap, Result};

/// A queue (first in, first out) or a stack (last in, first out).
#[derive(Debug)]
pub struct QueueMap<V> {
    raw: RawMap,
    types: PhantomData<fn() -> V>,
}

typed_map!(
    QueueMap<V>,
    |kind| matches!(kind, MapType::Queue | MapType::Stack),
    0,
    size_of::<V>()
);

impl<V: Plain> QueueMap<V> {
    /// Adds a value; with `MapFlags::EXIST` a full map drops its oldest one.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`](crate::ErrorCode), among them a full map.
    pub fn push(&self, value: &V, flags: MapFlags) -> Result<()> {
        let pushed = self.raw.handle()?.update(&[], value.as_bytes(), flags);
        pushed.map_err(|source| self.raw.failed("push to", source))
    }

    /// The value that `pop` would take; `None` where there is none.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`](crate::ErrorCode).
    pub fn peek(&self) -> Result<Option<V>> {
        let mut value = V::new_zeroed();
        let found = self
            .raw
            .handle()?
            .lookup_into(&[], value.as_mut_bytes(), MapFlags::ANY);
        Ok(found
            .map_err(|source| self.raw.failed("peek at", source))?
            .then_some(value))
    }

    /// Takes a value; `None` where there is none.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`](crate::ErrorCode).
    pub fn pop(&self) -> Result<Option<V>> {
        let mut value = V::new_zeroed();
        let found = self
            .raw
            .handle()?
            .lookup_into_and_delete(&[], value.as_mut_bytes());
        Ok(found
            .map_err(|source| self.raw.failed("pop from", source))?
            .then_some(value))
    }
}
