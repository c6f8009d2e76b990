//! Maps whose values are programs and other maps, set by descriptor.

use std::marker::PhantomData;
use std::os::fd::{AsFd, AsRawFd as _};

use libbpf_rs::{MapCore as _, MapFlags, MapType};
use zerocopy::IntoBytes as _;

use super::keyed::delete;
use crate::{Plain, Program, RawMap, Result};

/// The programs that `bpf_tail_call()` jumps to.
#[derive(Debug)]
pub struct ProgramArray(RawMap);

impl ProgramArray {
    /// Knows a map as what it is; generated code does.
    ///
    /// # Errors
    /// [`ErrorCode::TypeMismatch`](crate::ErrorCode).
    pub fn new(raw: RawMap) -> Result<Self> {
        let is_array = |kind| kind == MapType::ProgArray;
        raw.expect(is_array, size_of::<u32>(), size_of::<u32>())
            .map(Self)
    }

    /// The map without its type.
    #[must_use]
    pub fn raw(&self) -> &RawMap {
        &self.0
    }

    /// Puts a program into a slot.
    ///
    /// # Errors
    /// [`ErrorCode::ProgramNotLoaded`](crate::ErrorCode), [`ErrorCode::MapFailed`](crate::ErrorCode).
    pub fn set<K>(&self, slot: u32, program: &Program<'_, K>) -> Result<()> {
        program.expect_loaded()?;
        set(&self.0, slot.as_bytes(), program.libbpf())
    }

    /// Empties a slot; `false` where it was empty.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`](crate::ErrorCode).
    pub fn clear(&self, slot: u32) -> Result<bool> {
        delete(&self.0, &slot)
    }
}

/// Maps in a map, by keys of type `K`.
#[derive(Debug)]
pub struct MapOfMaps<K> {
    raw: RawMap,
    types: PhantomData<fn(K)>,
}

impl<K: Plain> MapOfMaps<K> {
    /// Gives a map its type; generated code does.
    ///
    /// # Errors
    /// [`ErrorCode::TypeMismatch`](crate::ErrorCode), [`ErrorCode::SizeMismatch`](crate::ErrorCode).
    pub fn new(raw: RawMap) -> Result<Self> {
        let holds_maps = |kind| matches!(kind, MapType::ArrayOfMaps | MapType::HashOfMaps);
        let raw = raw.expect(holds_maps, size_of::<K>(), size_of::<u32>())?;
        Ok(Self {
            raw,
            types: PhantomData,
        })
    }

    /// The map without its type.
    #[must_use]
    pub fn raw(&self) -> &RawMap {
        &self.raw
    }

    /// Puts a map, which is like the inner one that was declared, in the place of a key.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`](crate::ErrorCode), among them a map that differs.
    pub fn set(&self, key: &K, map: &RawMap) -> Result<()> {
        set(&self.raw, key.as_bytes(), map.handle()?)
    }

    /// The number that a key's map has in the kernel; `None` where there is none.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`](crate::ErrorCode).
    pub fn id(&self, key: &K) -> Result<Option<u32>> {
        let mut id = 0_u32;
        let found =
            self.raw
                .handle()?
                .lookup_into(key.as_bytes(), id.as_mut_bytes(), MapFlags::ANY);
        Ok(found
            .map_err(|source| self.raw.failed("look up a key of", source))?
            .then_some(id))
    }

    /// Takes a key's map out; `false` where there was none.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`](crate::ErrorCode).
    pub fn clear(&self, key: &K) -> Result<bool> {
        delete(&self.raw, key)
    }
}

fn set(raw: &RawMap, key: &[u8], value: &impl AsFd) -> Result<()> {
    let descriptor = value.as_fd().as_raw_fd();
    let updated = raw
        .handle()?
        .update(key, descriptor.as_bytes(), MapFlags::ANY);
    updated.map_err(|source| raw.failed("update", source))
}
