//! Ring buffers that user space writes.

use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::ptr::{self, NonNull};
use std::sync::{Mutex, MutexGuard, PoisonError};

use libbpf_rs::{MapHandle, libbpf_sys};
use pyo3::prelude::*;

use crate::error::Failure;
use crate::map::Map;

/// Writes records for `bpf_user_ringbuf_drain()` (Linux 6.1 or newer).
#[pyclass(frozen, module = "pylbc._native")]
#[derive(Debug)]
pub struct UserRing {
    name: String,
    ring: Mutex<Option<Ring>>,
}

#[derive(Debug)]
struct Ring {
    ring: NonNull<libbpf_sys::user_ring_buffer>,
    /// The descriptor that libbpf polls.
    _map: MapHandle,
}

// SAFETY: libbpf's buffer belongs to no thread, and is used under the lock of `UserRing` only.
unsafe impl Send for Ring {}

impl Ring {
    fn new(map: MapHandle) -> io::Result<Self> {
        // SAFETY: the descriptor is open; null stands for the default options.
        let ring = unsafe { libbpf_sys::user_ring_buffer__new(map.as_fd().as_raw_fd(), ptr::null()) };
        let ring = NonNull::new(ring).ok_or_else(io::Error::last_os_error)?;
        Ok(Self { ring, _map: map })
    }

    fn send(&self, record: &[u8]) -> io::Result<()> {
        let size = u32::try_from(record.len()).map_err(|_| io::Error::from_raw_os_error(libc::E2BIG))?;
        // SAFETY: the buffer is valid; what it gives has room for `size` bytes, and is given back once.
        unsafe {
            let room = libbpf_sys::user_ring_buffer__reserve(self.ring.as_ptr(), size);
            let start = NonNull::new(room.cast::<u8>()).ok_or_else(io::Error::last_os_error)?;
            start.as_ptr().copy_from_nonoverlapping(record.as_ptr(), record.len());
            libbpf_sys::user_ring_buffer__submit(self.ring.as_ptr(), room);
        }
        Ok(())
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: it is valid, and nobody else has it.
        unsafe { libbpf_sys::user_ring_buffer__free(self.ring.as_ptr()) };
    }
}

impl UserRing {
    fn ring(&self) -> MutexGuard<'_, Option<Ring>> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl UserRing {
    #[staticmethod]
    fn open(map: &Map) -> PyResult<Self> {
        let ring = Ring::new(map.handle()?);
        let ring = ring.map_err(|error| Failure::os("map-failed", map.what("map into memory"), &error))?;
        Ok(Self { name: map.name().to_owned(), ring: Mutex::new(Some(ring)) })
    }

    /// Appends a record; `full` until programs have taken others out.
    fn send(&self, record: &[u8]) -> PyResult<()> {
        let what = format!("map {}: send", self.name);
        let sent = match self.ring().as_ref() {
            Some(ring) => ring.send(record),
            None => return Err(Failure::new("closed", format!("{what}: it is closed")).into()),
        };
        Ok(sent.map_err(|error| {
            let full = matches!(error.raw_os_error(), Some(libc::ENOSPC | libc::E2BIG));
            Failure::os(if full { "full" } else { "map-failed" }, &what, &error)
        })?)
    }

    /// Frees it; a second call does nothing.
    fn close(&self) {
        *self.ring() = None;
    }
}
