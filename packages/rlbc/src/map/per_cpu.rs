use std::marker::PhantomData;

use libbpf_rs::{MapCore as _, MapFlags, MapType};
use zerocopy::IntoBytes as _;

use super::keyed::delete;
use super::keys::Keys;
use super::typed_map;
use crate::{Error, ErrorCode, Plain, RawMap, Result};

/// A hash table with one value for each possible CPU.
#[derive(Debug)]
pub struct PerCpuMap<K, V> {
    raw: RawMap,
    types: PhantomData<fn(K) -> V>,
}

typed_map!(PerCpuMap<K, V>, |kind: MapType| kind.is_percpu(), size_of::<K>(), size_of::<V>());

impl<K: Plain, V: Plain> PerCpuMap<K, V> {
    /// The values of a key, one for each possible CPU in order; `None` where it has none.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`].
    pub fn lookup(&self, key: &K) -> Result<Option<Vec<V>>> {
        lookup(&self.raw, key.as_bytes())
    }

    /// Sets the values of a key, one for each possible CPU ([`libbpf_rs::num_possible_cpus`]).
    ///
    /// # Errors
    /// [`ErrorCode::SizeMismatch`] for another number of values, [`ErrorCode::MapFailed`].
    pub fn update(&self, key: &K, values: &[V], flags: MapFlags) -> Result<()> {
        update(&self.raw, key.as_bytes(), values, flags)
    }

    /// Removes a key; `false` where it was not there.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`].
    pub fn delete(&self, key: &K) -> Result<bool> {
        delete(&self.raw, key)
    }

    /// The keys. The map may change meanwhile: a key that comes or goes may be missing, or come twice.
    ///
    /// # Errors
    /// [`ErrorCode::MapNotCreated`].
    pub fn keys(&self) -> Result<impl Iterator<Item = Result<K>>> {
        Ok(Keys::new(self.raw.handle()?))
    }

    /// The keys with their values; what is removed meanwhile is left out.
    ///
    /// # Errors
    /// [`ErrorCode::MapNotCreated`].
    pub fn iter(&self) -> Result<impl Iterator<Item = Result<(K, Vec<V>)>>> {
        Ok(self.keys()?.filter_map(|key| match key {
            Ok(key) => self
                .lookup(&key)
                .map(|values| values.map(|values| (key, values)))
                .transpose(),
            Err(error) => Some(Err(error)),
        }))
    }
}

/// An array with one value for each possible CPU at every index.
#[derive(Debug)]
pub struct PerCpuArray<V> {
    raw: RawMap,
    types: PhantomData<fn() -> V>,
}

typed_map!(
    PerCpuArray<V>,
    |kind: MapType| kind.is_percpu(),
    size_of::<u32>(),
    size_of::<V>()
);

impl<V: Plain> PerCpuArray<V> {
    /// How many indices there are.
    ///
    /// # Errors
    /// [`ErrorCode::MapNotCreated`].
    pub fn max_entries(&self) -> Result<u32> {
        Ok(self.raw.handle()?.max_entries())
    }

    /// The values at an index, one for each possible CPU in order; `None` past the end.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`].
    pub fn lookup(&self, index: u32) -> Result<Option<Vec<V>>> {
        lookup(&self.raw, index.as_bytes())
    }

    /// Sets the values at an index, one for each possible CPU ([`libbpf_rs::num_possible_cpus`]).
    ///
    /// # Errors
    /// [`ErrorCode::SizeMismatch`] for another number of values, [`ErrorCode::MapFailed`].
    pub fn update(&self, index: u32, values: &[V], flags: MapFlags) -> Result<()> {
        update(&self.raw, index.as_bytes(), values, flags)
    }

    /// The values in order of their index.
    ///
    /// # Errors
    /// [`ErrorCode::MapNotCreated`].
    pub fn iter(&self) -> Result<impl Iterator<Item = Result<(u32, Vec<V>)>>> {
        let indices = 0..self.max_entries()?;
        Ok(indices.filter_map(|index| {
            self.lookup(index)
                .map(|values| values.map(|values| (index, values)))
                .transpose()
        }))
    }
}

pub(super) fn lookup<V: Plain>(raw: &RawMap, key: &[u8]) -> Result<Option<Vec<V>>> {
    let found = raw.handle()?.lookup_percpu(key, MapFlags::ANY);
    let Some(values) = found.map_err(|source| raw.failed("look up a key of", source))? else {
        return Ok(None);
    };
    let read = |value: Vec<u8>| {
        V::read_from_bytes(&value).map_err(|_| {
            let message = format!("a value of map {} has {} bytes", raw.name(), value.len());
            Error::new(ErrorCode::SizeMismatch, message)
        })
    };
    values
        .into_iter()
        .map(read)
        .collect::<Result<_>>()
        .map(Some)
}

/// Sets one value for every possible CPU.
pub(super) fn update_all<V: Plain>(raw: &RawMap, key: &[u8], value: &V) -> Result<()> {
    update(raw, key, &vec![*value; possible_cpus()?], MapFlags::ANY)
}

fn possible_cpus() -> Result<usize> {
    libbpf_rs::num_possible_cpus().map_err(|source| {
        Error::new(ErrorCode::System, "cannot count the CPUs").with_source(source)
    })
}

fn update<V: Plain>(raw: &RawMap, key: &[u8], values: &[V], flags: MapFlags) -> Result<()> {
    let cpus = possible_cpus()?;
    if values.len() != cpus {
        let message = format!(
            "{} values for {cpus} CPUs in map {}",
            values.len(),
            raw.name()
        );
        return Err(Error::new(ErrorCode::SizeMismatch, message));
    }
    let values: Vec<_> = values
        .iter()
        .map(|value| value.as_bytes().to_vec())
        .collect();
    raw.handle()?
        .update_percpu(key, &values, flags)
        .map_err(|source| raw.failed("update", source))
}
