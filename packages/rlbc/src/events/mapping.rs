use std::os::fd::{AsFd, AsRawFd as _};
use std::ptr::{self, NonNull};

use crate::{Error, ErrorCode, Result};

/// Memory that the kernel shares through a map's descriptor, unmapped when dropped.
pub(crate) struct Mapping {
    start: NonNull<u8>,
    size: usize,
}

// SAFETY: the mapping belongs to the process, not to a thread, and whoever accesses it does so through atomics or after
// synchronizing with the kernel.
unsafe impl Send for Mapping {}

impl Mapping {
    /// Maps `size` bytes from `offset` on; both are multiples of the page size.
    pub(crate) fn new(fd: &impl AsFd, offset: usize, size: usize, writable: bool) -> Result<Self> {
        let protection = if writable {
            libc::PROT_READ | libc::PROT_WRITE
        } else {
            libc::PROT_READ
        };
        let fd = fd.as_fd().as_raw_fd();
        // SAFETY: the kernel chooses the address, so no other memory is touched.
        let start = unsafe {
            libc::mmap(
                ptr::null_mut(),
                size,
                protection,
                libc::MAP_SHARED,
                fd,
                offset as libc::off_t,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(Error::last_os(
                ErrorCode::System,
                "cannot map a ring buffer into memory",
            ));
        }
        let start = NonNull::new(start.cast()).expect("mmap gives no null unless it is asked for");
        Ok(Self { start, size })
    }

    /// The first byte.
    pub(crate) fn start(&self) -> NonNull<u8> {
        self.start
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: it was mapped with this size, and nothing borrowed from it outlives it.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.size) };
    }
}

/// Size of a page in bytes.
pub(crate) fn page_size() -> usize {
    // SAFETY: sysconf has no preconditions.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(size).expect("Linux knows its page size")
}
