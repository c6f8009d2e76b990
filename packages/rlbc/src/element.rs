//! Data sections that are not mapped into memory. libbpf maps none whose variables are all static, and the kernel none before 5.5.

use std::ffi::{c_int, c_void};
use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd};

use libbpf_rs::libbpf_sys;

/// A data section is the one element of an array.
static KEY: u32 = 0;

/// A section as the kernel has it, copied by each call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'obj> {
    map: BorrowedFd<'obj>,
    size: usize,
}

impl<'obj> Element<'obj> {
    /// # Safety
    /// The map's value has `size` bytes.
    pub(crate) unsafe fn new(map: BorrowedFd<'obj>, size: usize) -> Self {
        Self { map, size }
    }

    /// In bytes.
    pub(crate) fn size(self) -> usize {
        self.size
    }

    pub(crate) fn read(self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; self.size];
        // SAFETY: the kernel reads a key of four bytes and writes a value of `size` bytes.
        let status = unsafe {
            libbpf_sys::bpf_map_lookup_elem(
                self.map.as_raw_fd(),
                (&raw const KEY).cast(),
                bytes.as_mut_ptr().cast::<c_void>(),
            )
        };
        check(status).map(|()| bytes)
    }

    /// Replaces `bytes` at an offset. The kernel only takes whole values: what programs write meanwhile to the others is lost.
    pub(crate) fn write(self, offset: usize, bytes: &[u8]) -> io::Result<()> {
        let mut whole = self.read()?;
        whole[offset..offset + bytes.len()].copy_from_slice(bytes);
        // SAFETY: the kernel reads a key of four bytes and a value of `size` bytes.
        let status = unsafe {
            libbpf_sys::bpf_map_update_elem(
                self.map.as_raw_fd(),
                (&raw const KEY).cast(),
                whole.as_ptr().cast::<c_void>(),
                libbpf_sys::BPF_EXIST.into(),
            )
        };
        check(status)
    }
}

/// libbpf returns the error number, negative.
fn check(status: c_int) -> io::Result<()> {
    match status {
        0 => Ok(()),
        _ => Err(io::Error::from_raw_os_error(-status)),
    }
}
