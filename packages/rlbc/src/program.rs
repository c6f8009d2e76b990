use std::marker::PhantomData;
use std::os::fd::{AsFd, AsRawFd as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use libbpf_rs::{Link, ProgramInput, ProgramMut, TracepointCategory, UprobeOpts};

use crate::libbpf_log::explain;
use crate::{Error, ErrorCode, Result};

/// What kind of hook a program is for; each kind has the ways of attaching that it can have.
pub mod kind {
    macro_rules! kinds {
        ($($(#[$doc:meta])* $kind:ident),* $(,)?) => {$(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub enum $kind {}
        )*};
    }

    kinds! {
        /// The entry of a kernel function.
        Kprobe,
        /// The return of a kernel function.
        Kretprobe,
        /// The entry of a system call.
        Ksyscall,
        /// The return of a system call.
        Kretsyscall,
        /// The entry of a function of a program or library.
        Uprobe,
        /// The return of a function of a program or library.
        Uretprobe,
        /// A statically defined probe of a program or library.
        Usdt,
        /// A tracepoint of the kernel, with its formatted arguments.
        Tracepoint,
        /// A tracepoint of the kernel, with its raw arguments.
        RawTracepoint,
        /// tp_btf, fentry, fexit, fmod_ret, lsm, iter: what its section names, or `set_attach_target` before load.
        Tracing,
        /// A perf event.
        PerfEvent,
        /// A socket's incoming packets.
        SocketFilter,
        /// A network device's incoming packets.
        Xdp,
        /// A control group.
        Cgroup,
        /// A kind that libbpf-rs attaches: [`Program::libbpf`](super::Program::libbpf).
        Other,
    }
}

/// A loaded program.
#[derive(Debug)]
pub struct Program<'obj, K> {
    name: &'static str,
    program: ProgramMut<'obj>,
    kind: PhantomData<K>,
}

/// What a test run gave.
#[derive(Clone, Debug)]
pub struct TestRun {
    /// What the program returned.
    pub return_value: u32,
    /// The packet as the program left it.
    pub data: Vec<u8>,
    /// How long the program ran, on average.
    pub duration: Duration,
}

impl<'obj, K> Program<'obj, K> {
    pub(crate) fn new(name: &'static str, program: ProgramMut<'obj>) -> Self {
        Self {
            name,
            program,
            kind: PhantomData,
        }
    }

    /// The name in the object.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it is in the kernel, which a program without autoload is not.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        self.program.autoload()
    }

    /// The handle of libbpf-rs, for what has no name here.
    #[must_use]
    pub fn libbpf(&self) -> &ProgramMut<'obj> {
        &self.program
    }

    /// Attaches to what the program's section names; it is detached when the link is dropped.
    ///
    /// # Errors
    /// [`ErrorCode::ProgramNotLoaded`], [`ErrorCode::AttachFailed`] (among them a section that names no target).
    pub fn attach(&self) -> Result<Link> {
        self.link(|program| program.attach())
    }

    /// As [`attach`](Self::attach), where the program is loaded; what a skeleton does for each of its programs.
    ///
    /// # Errors
    /// [`ErrorCode::AttachFailed`].
    pub fn attach_if_loaded(&self) -> Result<Option<Link>> {
        if self.is_loaded() {
            self.attach().map(Some)
        } else {
            Ok(None)
        }
    }

    /// Runs the program once on `data`, as the kernel's BPF_PROG_TEST_RUN does; without data where its kind takes none.
    ///
    /// # Errors
    /// [`ErrorCode::ProgramNotLoaded`], [`ErrorCode::RunFailed`] (some kinds cannot be run this way).
    ///
    /// @see <https://docs.kernel.org/bpf/bpf_prog_run.html>
    pub fn test_run(&self, data: &[u8]) -> Result<TestRun> {
        /// What an XDP program may put in front of a packet (XDP_PACKET_HEADROOM).
        const HEADROOM: usize = 256;
        self.expect_loaded()?;
        let mut data_out = vec![
            0;
            if data.is_empty() {
                0
            } else {
                data.len() + HEADROOM
            }
        ];
        let mut input = ProgramInput {
            repeat: 1,
            ..ProgramInput::default()
        };
        if !data.is_empty() {
            input.data_in = Some(data);
            input.data_out = Some(&mut data_out);
        }
        let output = self.program.test_run(input).map_err(|source| {
            Error::new(
                ErrorCode::RunFailed,
                format!("cannot run program {}", self.name),
            )
            .with_source(source)
        })?;
        let (return_value, duration) = (output.return_value, output.duration);
        let size = output.data.map_or(0, |data| data.len());
        data_out.truncate(size);
        Ok(TestRun {
            return_value,
            data: data_out,
            duration,
        })
    }

    fn expect_loaded(&self) -> Result<()> {
        if self.is_loaded() {
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::ProgramNotLoaded,
            format!("program {} was not loaded", self.name),
        )
        .with_hint("switch its autoload on before load"))
    }

    fn link<T>(&self, attach: impl FnOnce(&ProgramMut<'obj>) -> libbpf_rs::Result<T>) -> Result<T> {
        self.expect_loaded()?;
        explain(
            || attach(&self.program),
            |source, log| attach_error(self.name, source, log),
        )
    }
}

pub(crate) fn attach_error(name: &str, source: libbpf_rs::Error, log: String) -> Error {
    Error::new(ErrorCode::AttachFailed, format!("cannot attach {name}"))
        .with_source(source)
        .with_log(log)
}

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

impl Program<'_, kind::Usdt> {
    /// Attaches to a probe of a program or library, in all processes.
    ///
    /// # Errors
    /// As [`attach`](Program::attach).
    pub fn attach_to(&self, path: impl AsRef<Path>, provider: &str, name: &str) -> Result<Link> {
        self.link(|program| program.attach_usdt(-1, path, provider, name))
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

impl Program<'_, kind::PerfEvent> {
    /// Attaches to an event that perf_event_open(2) has opened.
    ///
    /// # Errors
    /// As [`attach`](Program::attach).
    pub fn attach_to(&self, event: &impl AsFd) -> Result<Link> {
        self.link(|program| program.attach_perf_event(event.as_fd().as_raw_fd()))
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
