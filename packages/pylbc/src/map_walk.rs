//! All entries of a map, as they are while it is walked.

use std::collections::HashSet;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr;

use libbpf_rs::libbpf_sys;

use crate::map::Geometry;

/// How many entries one batch asks for at first; a hash bucket that is larger makes it double.
const BATCH: u32 = 1024;

pub type Entries = Vec<(Vec<u8>, Vec<u8>)>;

/// A function of libbpf that reads a batch.
pub type ReadBatch = unsafe extern "C" fn(
    i32,
    *mut libc::c_void,
    *mut libc::c_void,
    *mut libc::c_void,
    *mut libc::c_void,
    *mut u32,
    *const libbpf_sys::bpf_map_batch_opts,
) -> i32;

/// One entry after the other or, where the kernel can, a batch of buckets at a time: that way an entry that is
/// deleted meanwhile does not send the walk back to the start.
pub fn walk(fd: &OwnedFd, geometry: Geometry, limit: usize) -> io::Result<Entries> {
    match walk_batches(fd, geometry, limit, libbpf_sys::bpf_map_lookup_batch) {
        Err(error) if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOTSUP | 524)) => {
            walk_keys(fd, geometry, limit)
        }
        walked => walked,
    }
}

/// See `generic_map_lookup_batch` and `__htab_map_lookup_and_delete_batch` in the kernel: ENOENT ends the walk.
pub fn walk_batches(fd: &OwnedFd, geometry: Geometry, limit: usize, read: ReadBatch) -> io::Result<Entries> {
    let Geometry { key: key_size, value: value_size, kind } = geometry;
    let mut entries = Entries::new();
    let mut size = BATCH.min(u32::try_from(limit).unwrap_or(BATCH)).max(1);
    // The token of a hash is a bucket number of 4 bytes, of other maps a key.
    let (mut token, mut next) = (vec![0; key_size.max(4)], vec![0; key_size.max(4)]);
    let mut first = true;
    loop {
        let (mut keys, mut values) = (vec![0; key_size * size as usize], vec![0; value_size * size as usize]);
        let mut count = size;
        let start = if first { ptr::null_mut() } else { token.as_mut_ptr() };
        // SAFETY: every buffer has the size that `count` entries take.
        let result = unsafe {
            read(
                fd.as_raw_fd(),
                start.cast(),
                next.as_mut_ptr().cast(),
                keys.as_mut_ptr().cast(),
                values.as_mut_ptr().cast(),
                &raw mut count,
                ptr::null(),
            )
        };
        if result == -libc::ENOSPC && kind.is_hash_map() && size < 1 << 24 {
            size *= 2;
            continue;
        }
        if result < 0 && result != -libc::ENOENT {
            return Err(io::Error::from_raw_os_error(-result));
        }
        let pairs = keys.chunks_exact(key_size).zip(values.chunks_exact(value_size.max(1)));
        entries.extend(pairs.take(count as usize).map(|(key, value)| (key.to_vec(), value.to_vec())));
        if result < 0 || count == 0 {
            return Ok(entries);
        }
        std::mem::swap(&mut token, &mut next);
        first = false;
    }
}

/// For kernels and map types without batches. It takes at most twice as many steps as the map has room: where entries
/// come and go fast, the kernel may start again from the first key; what was seen is not given twice.
fn walk_keys(fd: &OwnedFd, geometry: Geometry, limit: usize) -> io::Result<Entries> {
    let fd = fd.as_raw_fd();
    let mut entries = Entries::new();
    let mut seen = HashSet::new();
    let mut key: Option<Vec<u8>> = None;
    for _ in 0..limit.saturating_mul(2) {
        let mut next = vec![0; geometry.key];
        let current = key.as_ref().map_or(ptr::null(), |key| key.as_ptr());
        // SAFETY: key and value have the sizes that the kernel uses.
        let result = unsafe { libbpf_sys::bpf_map_get_next_key(fd, current.cast(), next.as_mut_ptr().cast()) };
        match result {
            0 => {}
            result if result == -libc::ENOENT => break,
            result => return Err(io::Error::from_raw_os_error(-result)),
        }
        let mut value = vec![0; geometry.value];
        // SAFETY: as above.
        let found = unsafe { libbpf_sys::bpf_map_lookup_elem(fd, next.as_ptr().cast(), value.as_mut_ptr().cast()) };
        if found == 0 && seen.insert(next.clone()) {
            entries.push((next.clone(), value));
        }
        key = Some(next);
    }
    Ok(entries)
}
