//! Attaching to a target that is chosen at run time, for each kind of hook.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, AsRawFd as _};
use std::path::{Path, PathBuf};

use libbpf_rs::{Link, TracepointCategory, UprobeOpts, UsdtOpts};

use super::{Program, kind};
use crate::{Error, ErrorCode, Result};

impl Program<'_, kind::Kprobe> {
    /// Attaches to the entry of a kernel function.
    ///
    /// # Errors
    /// As [`attach`](Program::attach).
    pub fn attach_to(&self, function: &str) -> Result<Link> {
        self.link(|program| program.attach_kprobe(false, function))
    }
}

impl Program<'_, kind::Kretprobe> {
    /// Attaches to the return of a kernel function.
    ///
    /// # Errors
    /// As [`attach`](Program::attach).
    pub fn attach_to(&self, function: &str) -> Result<Link> {
        self.link(|program| program.attach_kprobe(true, function))
    }
}

/// A place in a program or library, for [`attach_to`](Program::attach_to) of uprobes.
#[derive(Clone, Debug)]
pub struct UprobeTarget {
    path: PathBuf,
    function: Option<String>,
    offset: usize,
    pid: i32,
}

impl UprobeTarget {
    /// A function, by its symbol. A path without a slash is searched as the dynamic linker or the shell would.
    #[must_use]
    pub fn function(path: impl AsRef<Path>, function: &str) -> Self {
        Self {
            function: Some(function.to_owned()),
            ..Self::offset(path, 0)
        }
    }

    /// A byte offset in the file.
    #[must_use]
    pub fn offset(path: impl AsRef<Path>, offset: usize) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            function: None,
            offset,
            pid: -1,
        }
    }

    /// In one process only; otherwise in all that have the file mapped.
    #[must_use]
    pub fn pid(self, pid: u32) -> Self {
        Self {
            pid: pid as i32,
            ..self
        }
    }
}

impl<K> Program<'_, K> {
    fn attach_uprobe(&self, target: &UprobeTarget, retprobe: bool) -> Result<Link> {
        let options = UprobeOpts {
            retprobe,
            func_name: target.function.clone(),
            ..UprobeOpts::default()
        };
        self.link(|program| {
            program.attach_uprobe_with_opts(target.pid, &target.path, target.offset, options)
        })
    }
}

impl Program<'_, kind::Uprobe> {
    /// Attaches to a place in a program or library.
    ///
    /// # Errors
    /// As [`attach`](Program::attach).
    pub fn attach_to(&self, target: &UprobeTarget) -> Result<Link> {
        self.attach_uprobe(target, false)
    }
}

impl Program<'_, kind::Uretprobe> {
    /// Attaches to the return of a function of a program or library.
    ///
    /// # Errors
    /// As [`attach`](Program::attach).
    pub fn attach_to(&self, target: &UprobeTarget) -> Result<Link> {
        self.attach_uprobe(target, true)
    }
}

impl Program<'_, kind::Ksyscall> {
    /// Attaches to the entry of a system call by its name, such as `openat`.
    ///
    /// # Errors
    /// As [`attach`](Program::attach).
    pub fn attach_to(&self, syscall: &str) -> Result<Link> {
        self.link(|program| program.attach_ksyscall(false, syscall))
    }
}

impl Program<'_, kind::Kretsyscall> {
    /// Attaches to the return of a system call by its name, such as `openat`.
    ///
    /// # Errors
    /// As [`attach`](Program::attach).
    pub fn attach_to(&self, syscall: &str) -> Result<Link> {
        self.link(|program| program.attach_ksyscall(true, syscall))
    }
}

/// A statically defined probe of a program or library, for [`attach_to_probe`](Program::attach_to_probe).
#[derive(Clone, Debug)]
pub struct UsdtTarget {
    path: PathBuf,
    provider: String,
    name: String,
    pid: i32,
    cookie: u64,
}

impl UsdtTarget {
    /// A probe, in all processes that have the file mapped.
    #[must_use]
    pub fn new(path: impl AsRef<Path>, provider: &str, name: &str) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            provider: provider.to_owned(),
            name: name.to_owned(),
            pid: -1,
            cookie: 0,
        }
    }

    /// In one process only.
    #[must_use]
    pub fn pid(self, pid: u32) -> Self {
        Self {
            pid: pid as i32,
            ..self
        }
    }

    /// What `bpf_usdt_cookie()` gives the program.
    #[must_use]
    pub fn cookie(self, cookie: u64) -> Self {
        Self { cookie, ..self }
    }
}

impl Program<'_, kind::Usdt> {
    /// Attaches to a probe of a program or library, in all processes.
    ///
    /// # Errors
    /// As [`attach`](Program::attach).
    pub fn attach_to(&self, path: impl AsRef<Path>, provider: &str, name: &str) -> Result<Link> {
        self.attach_to_probe(&UsdtTarget::new(path, provider, name))
    }

    /// Attaches to a probe of a program or library.
    ///
    /// A program that was compiled with a usdt.bpf.h before libbpf 1.7 may find no arguments in the first microseconds.
    ///
    /// # Errors
    /// As [`attach`](Program::attach).
    pub fn attach_to_probe(&self, probe: &UsdtTarget) -> Result<Link> {
        let options = UsdtOpts {
            cookie: probe.cookie,
            ..UsdtOpts::default()
        };
        let (path, provider, name) = (&probe.path, &probe.provider, &probe.name);
        self.link(|program| program.attach_usdt_with_opts(probe.pid, path, provider, name, options))
    }
}

impl Program<'_, kind::Tracepoint> {
    /// Attaches to a tracepoint, such as `("sched", "sched_process_exec")`.
    ///
    /// # Errors
    /// As [`attach`](Program::attach).
    pub fn attach_to(&self, category: &str, name: &str) -> Result<Link> {
        let category = TracepointCategory::Custom(category.to_owned());
        self.link(|program| program.attach_tracepoint(category, name))
    }
}

impl Program<'_, kind::RawTracepoint> {
    /// Attaches to a tracepoint, such as `sched_process_exec`.
    ///
    /// # Errors
    /// As [`attach`](Program::attach).
    pub fn attach_to(&self, name: &str) -> Result<Link> {
        self.link(|program| program.attach_raw_tracepoint(name))
    }
}

impl Program<'_, kind::Xdp> {
    /// Attaches to a network device by its index.
    ///
    /// # Errors
    /// As [`attach`](Program::attach).
    pub fn attach_to(&self, ifindex: u32) -> Result<Link> {
        self.link(|program| program.attach_xdp(ifindex as i32))
    }

    /// Attaches to a network device by its name, such as `lo`.
    ///
    /// # Errors
    /// As [`attach`](Program::attach).
    pub fn attach_to_interface(&self, interface: &str) -> Result<Link> {
        let failed = |source: io::Error| {
            let message = format!("cannot attach {} to interface {interface}", self.name);
            Error::new(ErrorCode::AttachFailed, message).with_source(source)
        };
        let name = CString::new(interface).map_err(|error| failed(error.into()))?;
        // SAFETY: the name ends with a zero byte, and lives during the call.
        match unsafe { libc::if_nametoindex(name.as_ptr()) } {
            0 => Err(failed(io::Error::last_os_error())),
            ifindex => self.attach_to(ifindex),
        }
    }
}

impl Program<'_, kind::Cgroup> {
    /// Attaches to a control group, an open folder of the cgroup file system.
    ///
    /// # Errors
    /// As [`attach`](Program::attach).
    pub fn attach_to(&self, cgroup: &impl AsFd) -> Result<Link> {
        self.link(|program| program.attach_cgroup(cgroup.as_fd().as_raw_fd()))
    }
}

impl Program<'_, kind::SocketFilter> {
    /// Filters a socket's incoming packets, until it is closed or [`detach_from`](Self::detach_from); the kernel has no
    /// link for this. It replaces the filter that the socket had.
    ///
    /// # Errors
    /// As [`attach`](Program::attach).
    pub fn attach_to(&self, socket: &impl AsFd) -> Result<()> {
        self.expect_loaded()?;
        self.set_socket_option(
            socket,
            libc::SO_ATTACH_BPF,
            self.program.as_fd().as_raw_fd(),
            "attach",
        )
    }

    /// Takes the filter from a socket.
    ///
    /// # Errors
    /// [`ErrorCode::AttachFailed`], where the socket has none.
    pub fn detach_from(&self, socket: &impl AsFd) -> Result<()> {
        self.set_socket_option(socket, libc::SO_DETACH_BPF, 0, "detach")
    }

    fn set_socket_option(
        &self,
        socket: &impl AsFd,
        option: i32,
        value: i32,
        what: &str,
    ) -> Result<()> {
        let socket = socket.as_fd().as_raw_fd();
        let size = size_of::<i32>() as libc::socklen_t;
        // SAFETY: the option's value is an int, which lives during the call.
        let result = unsafe {
            libc::setsockopt(
                socket,
                libc::SOL_SOCKET,
                option,
                (&raw const value).cast(),
                size,
            )
        };
        if result == 0 {
            return Ok(());
        }
        Err(Error::last_os(
            ErrorCode::AttachFailed,
            format!("cannot {what} {} to a socket", self.name),
        ))
    }
}
