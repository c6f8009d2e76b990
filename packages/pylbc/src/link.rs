//! The links that hold programs to their hooks.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use libbpf_rs::libbpf_sys;
use pyo3::prelude::*;

use crate::error::Failure;
use crate::program::Program;

/// The link that a libbpf function returns; null means `errno`.
pub fn raw_link(attach: impl FnOnce() -> *mut libbpf_sys::bpf_link) -> libbpf_rs::Result<libbpf_rs::Link> {
    match ptr::NonNull::new(attach()) {
        // SAFETY: a fresh link that nobody else owns.
        Some(link) => Ok(unsafe { libbpf_rs::Link::from_ptr(link) }),
        None => Err(io::Error::last_os_error().into()),
    }
}

#[derive(Debug)]
enum Held {
    Libbpf(libbpf_rs::Link),
    /// Made by a system call for which libbpf has no function.
    Descriptor(OwnedFd),
    /// Where the kernel has no links for a hook.
    Attachment(Attachment),
}

impl Held {
    /// Of the kernel's link, where there is one.
    fn as_fd(&self) -> Result<BorrowedFd<'_>, Failure> {
        match self {
            Self::Libbpf(link) => Ok(link.as_fd()),
            Self::Descriptor(fd) => Ok(fd.as_fd()),
            Self::Attachment(Attachment { hook, .. }) => Err(Failure::new(
                "link-failed",
                format!("this kernel has no links for programs of the attach type {hook}"),
            )),
        }
    }
}

/// A program at its target by `BPF_PROG_ATTACH`, and taken off when dropped.
#[derive(Debug)]
pub struct Attachment {
    program: OwnedFd,
    target: OwnedFd,
    /// `enum bpf_attach_type`
    hook: u32,
}

impl Attachment {
    pub fn new(program: BorrowedFd<'_>, target: BorrowedFd<'_>, hook: u32) -> io::Result<Self> {
        let own = Self { program: program.try_clone_to_owned()?, target: target.try_clone_to_owned()?, hook };
        // SAFETY: the call takes no pointer, and both descriptors are open.
        match unsafe { libbpf_sys::bpf_prog_attach(own.program.as_raw_fd(), own.target.as_raw_fd(), hook, 0) } {
            0.. => Ok(own),
            error => Err(io::Error::from_raw_os_error(-error)),
        }
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        // SAFETY: the call takes no pointer. What is not attached is not taken off.
        unsafe { libbpf_sys::bpf_prog_detach2(self.program.as_raw_fd(), self.target.as_raw_fd(), self.hook) };
    }
}

/// Holds a program to its hook until `detach()`, or until it is collected.
#[pyclass(frozen, module = "pylbc._native")]
#[derive(Debug)]
pub struct Link {
    held: Mutex<Option<Held>>,
}

impl Link {
    pub fn new(link: libbpf_rs::Link) -> Self {
        Self { held: Mutex::new(Some(Held::Libbpf(link))) }
    }

    pub fn of_descriptor(fd: OwnedFd) -> Self {
        Self { held: Mutex::new(Some(Held::Descriptor(fd))) }
    }

    pub fn of_attachment(attachment: Attachment) -> Self {
        Self { held: Mutex::new(Some(Held::Attachment(attachment))) }
    }

    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn attached_as<T>(&self, action: impl FnOnce(&mut Held) -> Result<T, Failure>) -> Result<T, Failure> {
        match self.held().as_mut() {
            Some(held) => action(held),
            None => Err(Failure::new("closed", "the link is detached")),
        }
    }
}

#[pymethods]
impl Link {
    /// The link that is pinned under a path.
    #[staticmethod]
    fn from_pin(path: PathBuf) -> PyResult<Self> {
        let link = libbpf_rs::Link::open(&path);
        let what = path.display().to_string();
        Ok(Self::new(link.map_err(|error| Failure::libbpf("pin-failed", what, &error))?))
    }

    /// Lets go of the hook; a second call does nothing. A link that is pinned stays attached until it is unpinned.
    fn detach(&self, py: Python<'_>) {
        let held = self.held().take();
        py.detach(|| drop(held));
    }

    /// Lets go of the hook although the link is pinned, for links of which the kernel can (XDP, tcx, cgroups, namespaces …,
    /// Linux 5.9); a second call does nothing.
    fn force_detach(&self, py: Python<'_>) -> PyResult<()> {
        if let Some(held) = &*self.held() {
            // SAFETY: the call takes no pointer.
            let result = unsafe { libbpf_sys::bpf_link_detach(held.as_fd()?.as_raw_fd()) };
            outcome(result, "detach a pinned link")?;
        }
        self.detach(py);
        Ok(())
    }

    #[getter]
    fn attached(&self) -> bool {
        self.held().is_some()
    }

    /// The descriptor, which the link owns; -1 once detached, and where the kernel has no links.
    fn fileno(&self) -> i32 {
        self.held().as_ref().and_then(|held| held.as_fd().ok()).map_or(-1, |fd| fd.as_raw_fd())
    }

    /// Keeps the program attached under a path of the BPF file system, beyond this process.
    fn pin(&self, path: PathBuf) -> PyResult<()> {
        Ok(self.attached_as(|held| match held {
            Held::Libbpf(link) => link.pin(path).map_err(|error| Failure::libbpf("pin-failed", "pin a link", &error)),
            Held::Descriptor(fd) => pin_descriptor(fd, &path),
            Held::Attachment(_) => held.as_fd().map(drop),
        })?)
    }

    /// Puts another program in the place of the one that it holds, without a gap (links of the kernel: XDP, tc, cgroups …).
    fn update(&self, program: &Program) -> PyResult<()> {
        let next = program.loaded(|program| Ok(program.as_fd().as_raw_fd()), "not-loaded")?;
        Ok(self.attached_as(|held| {
            // SAFETY: both descriptors are open; null stands for the default options.
            let result = unsafe { libbpf_sys::bpf_link_update(held.as_fd()?.as_raw_fd(), next, ptr::null()) };
            outcome(result, "update a link")
        })?)
    }

    /// (`enum bpf_link_type` of include/uapi/linux/bpf.h, id of the link, id of its program).
    fn info(&self) -> PyResult<(u32, u32, u32)> {
        Ok(self.attached_as(|held| {
            let mut info = libbpf_sys::bpf_link_info::default();
            let mut size = size_of_val(&info) as u32;
            let fd = held.as_fd()?.as_raw_fd();
            // SAFETY: the kernel writes at most `size` bytes.
            let result = unsafe { libbpf_sys::bpf_link_get_info_by_fd(fd, &raw mut info, &raw mut size) };
            outcome(result, "ask for a link")?;
            Ok((info.type_, info.id, info.prog_id))
        })?)
    }

    /// A descriptor from which the output of an iterator is read, which the caller closes.
    fn iterate(&self) -> PyResult<i32> {
        Ok(self.attached_as(|held| {
            // SAFETY: the call takes no pointer.
            let fd = unsafe { libbpf_sys::bpf_iter_create(held.as_fd()?.as_raw_fd()) };
            outcome(fd, "begin an iteration").map(|()| fd)
        })?)
    }
}

fn outcome(result: i32, what: &str) -> Result<(), Failure> {
    match result {
        0.. => Ok(()),
        error => Err(Failure::os("link-failed", what, &io::Error::from_raw_os_error(-error))),
    }
}

fn pin_descriptor(fd: &OwnedFd, path: &Path) -> Result<(), Failure> {
    let path = CString::new(path.as_os_str().as_bytes());
    let path = path.map_err(|error| Failure::new("pin-failed", error.to_string()))?;
    // SAFETY: the descriptor is open, and the path ends with a zero byte.
    outcome(unsafe { libbpf_sys::bpf_obj_pin(fd.as_raw_fd(), path.as_ptr()) }, "pin a link")
}
