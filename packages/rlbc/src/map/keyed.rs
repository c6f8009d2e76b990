use std::marker::PhantomData;

use libbpf_rs::{MapCore as _, MapFlags, MapType};

use super::keys::Keys;
use super::typed_map;
use crate::{Plain, RawMap, Result};

/// A map from keys to values: a hash table, an LRU hash table, an LPM trie, a storage …
#[derive(Debug)]
pub struct KeyedMap<K, V> {
    raw: RawMap,
    types: PhantomData<fn(K) -> V>,
}

typed_map!(KeyedMap<K, V>, |kind: MapType| !kind.is_percpu(), size_of::<K>(), size_of::<V>());

impl<K: Plain, V: Plain> KeyedMap<K, V> {
    /// The value of a key; `None` where it has none.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`](crate::ErrorCode).
    pub fn lookup(&self, key: &K) -> Result<Option<V>> {
        let mut value = V::new_zeroed();
        let found =
            self.raw
                .handle()?
                .lookup_into(key.as_bytes(), value.as_mut_bytes(), MapFlags::ANY);
        Ok(found
            .map_err(|source| self.raw.failed("look up a key of", source))?
            .then_some(value))
    }

    /// Sets the value of a key: `MapFlags::ANY`, `NO_EXIST` for new keys only, `EXIST` for known ones only.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`](crate::ErrorCode), among them a full map.
    pub fn update(&self, key: &K, value: &V, flags: MapFlags) -> Result<()> {
        let updated = self
            .raw
            .handle()?
            .update(key.as_bytes(), value.as_bytes(), flags);
        updated.map_err(|source| self.raw.failed("update", source))
    }

    /// Removes a key; `false` where it was not there.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`](crate::ErrorCode).
    pub fn delete(&self, key: &K) -> Result<bool> {
        delete(&self.raw, key)
    }

    /// Removes a key and tells its last value, in one step.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`](crate::ErrorCode); hash tables have this since Linux 5.14.
    pub fn lookup_and_delete(&self, key: &K) -> Result<Option<V>> {
        let mut value = V::new_zeroed();
        let found = self
            .raw
            .handle()?
            .lookup_into_and_delete(key.as_bytes(), value.as_mut_bytes());
        Ok(found
            .map_err(|source| self.raw.failed("take a key from", source))?
            .then_some(value))
    }

    /// The keys. The map may change meanwhile: a key that comes or goes may be missing, or come twice.
    ///
    /// # Errors
    /// [`ErrorCode::MapNotCreated`](crate::ErrorCode).
    pub fn keys(&self) -> Result<impl Iterator<Item = Result<K>>> {
        Ok(Keys::new(self.raw.handle()?))
    }

    /// The keys with their values; what is removed meanwhile is left out.
    ///
    /// # Errors
    /// [`ErrorCode::MapNotCreated`](crate::ErrorCode).
    pub fn iter(&self) -> Result<impl Iterator<Item = Result<(K, V)>>> {
        Ok(self.keys()?.filter_map(|key| match key {
            Ok(key) => self
                .lookup(&key)
                .map(|value| value.map(|value| (key, value)))
                .transpose(),
            Err(error) => Some(Err(error)),
        }))
    }
}

/// Removes a key of any map that has such; `false` where it was not there.
pub(super) fn delete<K: Plain>(raw: &RawMap, key: &K) -> Result<bool> {
    match raw.handle()?.delete(key.as_bytes()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == libbpf_rs::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(raw.failed("delete a key of", source)),
    }
}
