use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::ptr::{self, NonNull};
use std::sync::{Mutex, PoisonError};

use libbpf_rs::{MapHandle, MapType, libbpf_sys};
use zerocopy::{Immutable, IntoBytes};

use crate::{Error, ErrorCode, RawMap, Result};

/// A ring buffer that this process writes and programs read with `bpf_user_ringbuf_drain()` (Linux 6.1);
/// `UserRing<[u8]>` where the type of its records is not known.
#[derive(Debug)]
pub struct UserRing<R: ?Sized> {
    raw: RawMap,
    /// Made by the first record.
    ring: Mutex<Option<Ring>>,
    record: PhantomData<fn(&R)>,
}

impl<R: IntoBytes + Immutable + ?Sized> UserRing<R> {
    /// Gives a ring buffer the type of its records; generated code does.
    ///
    /// # Errors
    /// [`ErrorCode::TypeMismatch`].
    pub fn new(raw: RawMap) -> Result<Self> {
        let raw = raw.expect(|kind| kind == MapType::UserRingBuf, 0, 0)?;
        Ok(Self {
            raw,
            ring: Mutex::default(),
            record: PhantomData,
        })
    }

    /// The map without its type.
    #[must_use]
    pub fn raw(&self) -> &RawMap {
        &self.raw
    }

    /// Appends a record.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`]: there is no room until programs have read others.
    pub fn send(&self, record: &R) -> Result<()> {
        let mut guard = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let ring = match guard.take() {
            Some(ring) => ring,
            None => Ring::new(self.raw.handle()?)?,
        };
        let sent = ring.send(record.as_bytes());
        *guard = Some(ring);
        sent.map_err(|source| self.raw.failed("send to", source.into()))
    }
}

struct Ring(NonNull<libbpf_sys::user_ring_buffer>);

// SAFETY: libbpf's buffer belongs to no thread, and is used under a lock only.
unsafe impl Send for Ring {}

impl Ring {
    fn new(map: &MapHandle) -> Result<Self> {
        // SAFETY: the descriptor is open as long as the map beside it; null stands for the default options.
        let ring =
            unsafe { libbpf_sys::user_ring_buffer__new(map.as_fd().as_raw_fd(), ptr::null()) };
        let failed = || {
            Error::last_os(
                ErrorCode::System,
                "cannot map a user ring buffer into memory",
            )
        };
        NonNull::new(ring).map(Self).ok_or_else(failed)
    }

    fn send(&self, record: &[u8]) -> io::Result<()> {
        let size =
            u32::try_from(record.len()).map_err(|_| io::Error::from_raw_os_error(libc::E2BIG))?;
        // SAFETY: the buffer is valid; what it gives has room for `size` bytes, and is given back once.
        unsafe {
            let room = libbpf_sys::user_ring_buffer__reserve(self.0.as_ptr(), size);
            let start = NonNull::new(room.cast::<u8>()).ok_or_else(io::Error::last_os_error)?;
            start
                .as_ptr()
                .copy_from_nonoverlapping(record.as_ptr(), record.len());
            libbpf_sys::user_ring_buffer__submit(self.0.as_ptr(), room);
        }
        Ok(())
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: it is valid, and nobody else has it.
        unsafe { libbpf_sys::user_ring_buffer__free(self.0.as_ptr()) };
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring").finish_non_exhaustive()
    }
}
