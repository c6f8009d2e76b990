//! Hooks that take more than a name: a place among other programs, a mode, a netfilter hook, what an iterator walks over.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use libbpf_rs::{AsRawLibbpf, libbpf_sys};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::error::Failure;
use crate::link::{Attachment, Link, raw_link};
use crate::program::Program;

/// Where a program stands among those of the same hook: (`BPF_F_BEFORE` or `BPF_F_AFTER` and their like, the descriptor of
/// the program or link that this refers to or 0, the revision of the hook that is expected or 0).
type Place = (u32, u32, u64);

/// Attaches to an interface ("tcx", "netkit") or a cgroup ("cgroup").
#[pyfunction]
pub fn attach_among(py: Python<'_>, program: &Program, hook: &str, target: i32, place: Place) -> PyResult<Link> {
    let (flags, relative_fd, expected_revision) = place;
    macro_rules! attach {
        ($attach:ident, $options:ident) => {
            program.attach_with(py, |program| {
                let sz = size_of::<libbpf_sys::$options>() as _;
                let options = libbpf_sys::$options { sz, flags, relative_fd, expected_revision, ..Default::default() };
                let program = program.as_libbpf_object().as_ptr();
                // SAFETY: the program is loaded, and the options live during the call.
                raw_link(|| unsafe { libbpf_sys::$attach(program, target, &raw const options) })
            })
        };
    }
    match hook {
        "tcx" => attach!(bpf_program__attach_tcx, bpf_tcx_opts),
        "netkit" => attach!(bpf_program__attach_netkit, bpf_netkit_opts),
        "cgroup" => attach!(bpf_program__attach_cgroup_opts, bpf_cgroup_opts),
        _ => Err(PyValueError::new_err(format!("no hook: {hook}"))),
    }
}

/// Attaches to an interface with `XDP_FLAGS_*` of include/uapi/linux/if_link.h, for which libbpf has no function.
#[pyfunction]
pub fn attach_xdp_with_flags(program: &Program, ifindex: i32, flags: u32) -> PyResult<Link> {
    let created = program.loaded(
        |program| {
            let sz = size_of::<libbpf_sys::bpf_link_create_opts>() as _;
            let options = libbpf_sys::bpf_link_create_opts { sz, flags, ..Default::default() };
            let program = program.as_fd().as_raw_fd();
            // SAFETY: the descriptor is open, and the options live during the call.
            match unsafe { libbpf_sys::bpf_link_create(program, ifindex, libbpf_sys::BPF_XDP, &raw const options) } {
                // SAFETY: a fresh descriptor that nobody else owns.
                fd @ 0.. => Ok(unsafe { OwnedFd::from_raw_fd(fd) }),
                error => Err(io::Error::from_raw_os_error(-error).into()),
            }
        },
        "attach-failed",
    );
    Ok(Link::of_descriptor(created?))
}

/// Attaches to a hook of netfilter: (protocol family, hook, priority, flags), see include/uapi/linux/netfilter.h.
#[pyfunction]
pub fn attach_netfilter(py: Python<'_>, program: &Program, place: (u32, u32, i32, u32)) -> PyResult<Link> {
    let (pf, hooknum, priority, flags) = place;
    program.attach_with(py, |program| {
        let sz = size_of::<libbpf_sys::bpf_netfilter_opts>() as _;
        let options = libbpf_sys::bpf_netfilter_opts { sz, pf, hooknum, priority, flags };
        let program = program.as_libbpf_object().as_ptr();
        // SAFETY: the program is loaded, and the options live during the call.
        raw_link(|| unsafe { libbpf_sys::bpf_program__attach_netfilter(program, &raw const options) })
    })
}

/// Puts a program in the place of a global function of another one, given by its descriptor.
#[pyfunction]
pub fn attach_freplace(py: Python<'_>, program: &Program, target: i32, function: String) -> PyResult<Link> {
    let function = CString::new(function).map_err(|error| PyValueError::new_err(error.to_string()))?;
    program.attach_with(py, |program| {
        let program = program.as_libbpf_object().as_ptr();
        // SAFETY: the program is loaded, and the name ends with a zero byte.
        raw_link(|| unsafe { libbpf_sys::bpf_program__attach_freplace(program, target, function.as_ptr()) })
    })
}

/// Attaches an iterator to what it walks over: (descriptor of a map, of a cgroup, order of cgroups, thread, process,
/// descriptor of a process), of which those of one kind are not 0. See `union bpf_iter_link_info`.
#[pyfunction]
pub fn attach_iter(py: Python<'_>, program: &Program, over: (u32, (u32, u32), (u32, u32, u32))) -> PyResult<Link> {
    let (map_fd, (cgroup_fd, order), (tid, pid, pid_fd)) = over;
    program.attach_with(py, |program| {
        let mut info = libbpf_sys::bpf_iter_link_info::default();
        if map_fd != 0 {
            info.map.map_fd = map_fd;
        } else if cgroup_fd != 0 {
            info.cgroup = libbpf_sys::bpf_iter_link_info__bindgen_ty_2 { order, cgroup_fd, cgroup_id: 0 };
        } else {
            info.task = libbpf_sys::bpf_iter_link_info__bindgen_ty_3 { tid, pid, pid_fd };
        }
        let options = libbpf_sys::bpf_iter_attach_opts {
            sz: size_of::<libbpf_sys::bpf_iter_attach_opts>() as _,
            link_info: &raw mut info,
            link_info_len: size_of_val(&info) as u32,
            ..Default::default()
        };
        let program = program.as_libbpf_object().as_ptr();
        // SAFETY: the program is loaded, and the options live during the call.
        raw_link(|| unsafe { libbpf_sys::bpf_program__attach_iter(program, &raw const options) })
    })
}

/// Attaches to the sockets of a map, given by its descriptor: by a link (Linux 6.10), or without one on older kernels.
#[pyfunction]
pub fn attach_sockmap(py: Python<'_>, program: &Program, map: i32) -> PyResult<Link> {
    let linked = program.attach_with(py, |program| {
        let program = program.as_libbpf_object().as_ptr();
        // SAFETY: the program is loaded.
        raw_link(|| unsafe { libbpf_sys::bpf_program__attach_sockmap(program, map) })
    });
    let Err(refused) = linked else { return linked };
    let attached = program.loaded(
        |program| {
            // SAFETY: the caller keeps the map open during the call.
            let map = unsafe { BorrowedFd::borrow_raw(map) };
            Ok(Attachment::new(program.as_fd(), map, program.attach_type() as u32)?)
        },
        "attach-failed",
    );
    attached.map(Link::of_attachment).map_err(|_| refused)
}

/// Adds a filter of tc: (interface, `BPF_TC_INGRESS` or `BPF_TC_EGRESS`). Makes the clsact qdisc where there is none, and
/// gives handle and priority, which the kernel chooses where they are 0.
#[pyfunction]
pub fn attach_tc(program: &Program, hook: (i32, u32), handle: u32, priority: u32) -> PyResult<(u32, u32)> {
    let attached = program.loaded(
        |program| {
            let mut hook = tc_hook(hook);
            // SAFETY: the hook lives during the call. One that exists is as good as a new one.
            let created = unsafe { libbpf_sys::bpf_tc_hook_create(&raw mut hook) };
            if created < 0 && created != -libc::EEXIST {
                return Err(io::Error::from_raw_os_error(-created).into());
            }
            let mut options = tc_options(handle, priority);
            options.prog_fd = program.as_fd().as_raw_fd();
            // SAFETY: hook and options live during the call.
            match unsafe { libbpf_sys::bpf_tc_attach(&raw const hook, &raw mut options) } {
                0.. => Ok((options.handle, options.priority)),
                error => Err(io::Error::from_raw_os_error(-error).into()),
            }
        },
        "attach-failed",
    );
    Ok(attached?)
}

/// Removes a filter that `attach_tc()` has added.
#[pyfunction]
pub fn detach_tc(hook: (i32, u32), handle: u32, priority: u32) -> PyResult<()> {
    let (hook, options) = (tc_hook(hook), tc_options(handle, priority));
    // SAFETY: hook and options live during the call.
    match unsafe { libbpf_sys::bpf_tc_detach(&raw const hook, &raw const options) } {
        0.. => Ok(()),
        error => Err(Failure::os("link-failed", "detach from tc", &io::Error::from_raw_os_error(-error)).into()),
    }
}

fn tc_hook((ifindex, attach_point): (i32, u32)) -> libbpf_sys::bpf_tc_hook {
    let sz = size_of::<libbpf_sys::bpf_tc_hook>() as _;
    libbpf_sys::bpf_tc_hook { sz, ifindex, attach_point, ..Default::default() }
}

fn tc_options(handle: u32, priority: u32) -> libbpf_sys::bpf_tc_opts {
    let sz = size_of::<libbpf_sys::bpf_tc_opts>() as _;
    libbpf_sys::bpf_tc_opts { sz, handle, priority, ..Default::default() }
}
