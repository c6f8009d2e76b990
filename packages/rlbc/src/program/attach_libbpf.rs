//! Hooks for which libbpf has a function and libbpf-rs has none.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::ptr::{self, NonNull};

use libbpf_rs::{AsRawLibbpf as _, Link, libbpf_sys};

use super::{Program, kind};
use crate::Result;

impl Program<'_, kind::Tcx> {
    /// Attaches to a network device by its index, behind the programs that are there (Linux 6.6).
    ///
    /// # Errors
    /// As [`attach`](Program::attach).
    pub fn attach_to(&self, ifindex: u32) -> Result<Link> {
        // SAFETY: the program is loaded; null stands for the default options.
        self.raw_link(|program| unsafe {
            libbpf_sys::bpf_program__attach_tcx(program, ifindex as i32, ptr::null())
        })
    }
}

impl Program<'_, kind::Netkit> {
    /// Attaches to a netkit device by its index (Linux 6.7).
    ///
    /// # Errors
    /// As [`attach`](Program::attach).
    pub fn attach_to(&self, ifindex: u32) -> Result<Link> {
        // SAFETY: the program is loaded; null stands for the default options.
        self.raw_link(|program| unsafe {
            libbpf_sys::bpf_program__attach_netkit(program, ifindex as i32, ptr::null())
        })
    }
}

impl Program<'_, kind::Freplace> {
    /// Takes the place of a function of another program, which its target before load was like.
    ///
    /// # Errors
    /// As [`attach`](Program::attach).
    pub fn attach_to<K>(&self, program: &Program<'_, K>, function: &str) -> Result<Link> {
        program.expect_loaded()?;
        let target = program.libbpf().as_fd().as_raw_fd();
        self.link(|own| {
            let function = CString::new(function).map_err(io::Error::from)?;
            let own = own.as_libbpf_object().as_ptr();
            // SAFETY: both programs are loaded, and the name ends with a zero byte.
            owned(unsafe {
                libbpf_sys::bpf_program__attach_freplace(own, target, function.as_ptr())
            })
        })
    }
}

impl<K> Program<'_, K> {
    fn raw_link(
        &self,
        attach: impl FnOnce(*const libbpf_sys::bpf_program) -> *mut libbpf_sys::bpf_link,
    ) -> Result<Link> {
        self.link(|program| owned(attach(program.as_libbpf_object().as_ptr())))
    }
}

/// The link that a function of libbpf has just made; null where it failed, with `errno`.
fn owned(link: *mut libbpf_sys::bpf_link) -> libbpf_rs::Result<Link> {
    let link = NonNull::new(link).ok_or_else(io::Error::last_os_error)?;
    // SAFETY: it is new, so that nobody else owns it.
    Ok(unsafe { Link::from_ptr(link) })
}
