//! Many entries in one system call.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::ptr;

use libbpf_rs::{MapCore as _, MapFlags, libbpf_sys};

use crate::{KeyedMap, Plain, Result};

impl<K: Plain, V: Plain> KeyedMap<K, V> {
    /// Sets many values in one system call (Linux 5.6).
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`](crate::ErrorCode), among them a full map, which may have got some of them.
    pub fn update_many(&self, entries: &[(K, V)]) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let keys: Vec<u8> = bytes(entries.iter().map(|(key, _)| key));
        let values: Vec<u8> = bytes(entries.iter().map(|(_, value)| value));
        let (count, any) = (entries.len() as u32, MapFlags::ANY);
        let updated = self
            .raw()
            .handle()?
            .update_batch(&keys, &values, count, any, any);
        updated.map_err(|source| self.raw().failed("update", source))
    }

    /// Removes many keys in one system call (Linux 5.6).
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`](crate::ErrorCode) at the first key that is not there.
    pub fn delete_many(&self, keys: &[K]) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let (count, any) = (keys.len() as u32, MapFlags::ANY);
        let deleted = self
            .raw()
            .handle()?
            .delete_batch(&bytes(keys), count, any, any);
        deleted.map_err(|source| self.raw().failed("delete keys of", source))
    }

    /// All entries, read at once (Linux 5.6): each is there once, whatever changes meanwhile.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`](crate::ErrorCode), as for kinds of maps that the kernel reads one by one only.
    pub fn entries(&self) -> Result<Vec<(K, V)>> {
        self.read_all("read", libbpf_sys::bpf_map_lookup_batch)
    }

    /// All entries, each deleted in the step that reads it (hash tables, Linux 5.6).
    ///
    /// # Errors
    /// As [`entries`](Self::entries).
    pub fn drain(&self) -> Result<Vec<(K, V)>> {
        self.read_all("drain", libbpf_sys::bpf_map_lookup_and_delete_batch)
    }

    fn read_all(&self, operation: &str, read: ReadBatch) -> Result<Vec<(K, V)>> {
        let map = self.raw().handle()?;
        let fd = map.as_fd().as_raw_fd();
        // Room for all, so that no bucket of a hash table is too large for a batch.
        let room = map.max_entries();
        let mut keys = vec![K::new_zeroed(); room as usize];
        let mut values = vec![V::new_zeroed(); room as usize];
        // Where to go on: a bucket's number of 4 bytes, or a key.
        let mut place = vec![0_u8; size_of::<K>().max(4)];
        let (mut from, mut entries) = (ptr::null_mut(), Vec::new());
        loop {
            let (mut count, next) = (room, place.as_mut_ptr().cast());
            let (to_keys, to_values) = (keys.as_mut_ptr().cast(), values.as_mut_ptr().cast());
            // SAFETY: every buffer has room for `count` entries, or for one place; null stands for the default options.
            let result = unsafe {
                read(
                    fd,
                    from,
                    next,
                    to_keys,
                    to_values,
                    &raw mut count,
                    ptr::null(),
                )
            };
            let end = result == -libc::ENOENT;
            if result < 0 && !end {
                let source = io::Error::from_raw_os_error(-result);
                return Err(self.raw().failed(operation, source.into()));
            }
            let count = count as usize;
            entries.extend(
                keys[..count]
                    .iter()
                    .copied()
                    .zip(values[..count].iter().copied()),
            );
            if end || count == 0 {
                return Ok(entries);
            }
            from = next;
        }
    }
}

/// A function of libbpf that reads a batch.
type ReadBatch = unsafe extern "C" fn(
    i32,
    *mut libc::c_void,
    *mut libc::c_void,
    *mut libc::c_void,
    *mut libc::c_void,
    *mut u32,
    *const libbpf_sys::bpf_map_batch_opts,
) -> i32;

/// Values end to end.
fn bytes<'value, T: Plain>(values: impl IntoIterator<Item = &'value T>) -> Vec<u8> {
    let parts = values.into_iter().flat_map(|value| value.as_bytes());
    parts.copied().collect()
}
