use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::ptr;

use libbpf_rs::{MapCore as _, MapHandle, libbpf_sys};

use crate::{Error, ErrorCode, Plain, Result};

/// The keys of a map, one system call each.
///
/// The kernel starts again at the first key where the last one was deleted meanwhile, so the iteration ends after as many
/// keys as the map has room for: a key may come twice, but the end is certain.
pub(super) struct Keys<'map, K> {
    map: &'map MapHandle,
    previous: Option<K>,
    left: u32,
}

impl<'map, K: Plain> Keys<'map, K> {
    pub(super) fn new(map: &'map MapHandle) -> Self {
        Self {
            map,
            previous: None,
            left: map.max_entries(),
        }
    }
}

impl<K: Plain> Iterator for Keys<'_, K> {
    type Item = Result<K>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let mut key = K::new_zeroed();
        let previous = self
            .previous
            .as_ref()
            .map_or(ptr::null(), |key| key.as_bytes().as_ptr());
        // SAFETY: both pointers, where not null, are to keys of the map's key size, which was checked with the type.
        let result = unsafe {
            let next = key.as_mut_bytes().as_mut_ptr();
            libbpf_sys::bpf_map_get_next_key(
                self.map.as_fd().as_raw_fd(),
                previous.cast(),
                next.cast(),
            )
        };
        if result == 0 {
            self.previous = Some(key);
            return Some(Ok(key));
        }
        self.left = 0;
        let source = io::Error::last_os_error();
        let failed = || Error::new(ErrorCode::MapFailed, "cannot iterate over a map");
        (source.kind() != io::ErrorKind::NotFound).then(|| Err(failed().with_source(source)))
    }
}
