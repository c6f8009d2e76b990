//! Programs, and the links that hold them to their hooks.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::path::{Path, PathBuf};

use libbpf_rs::libbpf_sys;
use libbpf_rs::{
    AsRawLibbpf, KprobeMultiOpts, KprobeOpts, PerfEventOpts, ProgramInput, ProgramMut, RawTracepointOpts,
    TracepointCategory, TracepointOpts, UprobeMultiOpts, UprobeOpts, UsdtOpts,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use rlbc::since::{self, Missing};
use rlbc::trampoline;

use crate::error::Failure;
use crate::link::{Link, raw_link};
use crate::object::{Inner, Object, no_such_program};
use crate::print;
use crate::symbolize::function_offsets;

/// Room for what a program may add to a packet, in bytes (`bpf_xdp_adjust_head` and its like).
const HEADROOM: usize = 256;

/// The perf events of kprobes, since Linux 4.17.
const KPROBES: &str = "/sys/bus/event_source/devices/kprobe";

#[pyclass(frozen, module = "pylbc._native")]
#[derive(Debug)]
pub struct Program {
    object: Py<Object>,
    #[pyo3(get)]
    name: String,
}

impl Program {
    pub fn find(object: Bound<'_, Object>, name: String) -> PyResult<Self> {
        object.get().program_pointer(&name)?;
        Ok(Self { object: object.unbind(), name })
    }

    pub fn loaded<T>(
        &self,
        action: impl FnOnce(&ProgramMut<'_>) -> libbpf_rs::Result<T>,
        code: &'static str,
    ) -> Result<T, Failure> {
        let object = self.object.get();
        let what = format!("program {}", self.name);
        object.lifecycle.require_loaded(&what)?;
        let inner = object.inner();
        let Inner::Loaded(loaded) = &*inner else {
            return Err(Failure::new("closed", format!("{what}: the object is closed")));
        };
        let program = loaded.progs_mut().find(|program| program.name() == self.name.as_str());
        let program = program.ok_or_else(|| no_such_program(&self.name))?;
        if !program.autoload() {
            let failure = Failure::new("not-loaded", format!("{what} was not loaded: its autoload is off"));
            return Err(failure.hint("switch its autoload on before load()"));
        }
        let (result, log) = print::capture(|| action(&program));
        result.map_err(|error| {
            Failure::libbpf(code, format!("{what}: {}", code.replace('-', " ")), &error).explained(log)
        })
    }

    pub fn attach_with(
        &self,
        py: Python<'_>,
        action: impl FnOnce(&ProgramMut<'_>) -> libbpf_rs::Result<libbpf_rs::Link> + Send,
    ) -> PyResult<Link> {
        let mut missing = None;
        let attach = |program: &ProgramMut<'_>| {
            missing = since::running()
                .and_then(|running| Missing::in_program(program.name(), program.as_libbpf_object(), running));
            let link = action(program)?;
            self.object.get().put_usdt_in_order()?;
            Ok(link)
        };
        let link = py.detach(|| self.loaded(attach, "attach-failed"));
        print::deliver(py);
        let link = link.map_err(|failure| match failure.errno {
            // What libbpf says of a section such as `uprobe` or `xdp`, which is a kind and no place.
            Some(libc::EOPNOTSUPP) if failure.log.is_empty() => {
                failure.hint("its section does not say where: tell attach() a target")
            }
            // libbpf takes the absence of their perf events for that of an old kernel, and misses a file of tracefs then.
            Some(libc::ENOENT) if failure.log.contains("legacy kprobe event") && !Path::new(KPROBES).exists() => {
                let message = format!("program {}: attach failed: this kernel has no kprobes", self.name);
                Failure { message, ..failure }.hint("it needs CONFIG_KPROBE_EVENTS=y, and sysfs on /sys")
            }
            errno => {
                let program = self.object.get().program_pointer(&self.name);
                let reason = program.ok().and_then(|program| trampoline::refused(program, errno));
                failure.refused("attach-failed", reason).missing(missing)
            }
        })?;
        Ok(Link::new(link))
    }
}

#[pymethods]
impl Program {
    /// The program's section, such as `kprobe/do_unlinkat`.
    #[getter]
    fn section(&self) -> PyResult<String> {
        let program = self.object.get().program_pointer(&self.name)?;
        // SAFETY: the program lives as long as the object, which is closed by holders of the GIL only; libbpf owns the string.
        let name = unsafe { CStr::from_ptr(libbpf_sys::bpf_program__section_name(program.as_ptr())) };
        Ok(name.to_string_lossy().into_owned())
    }

    /// Whether load() gives it to the kernel.
    #[getter]
    fn autoload(&self) -> PyResult<bool> {
        let program = self.object.get().program_pointer(&self.name)?;
        // SAFETY: as in `section`.
        Ok(unsafe { libbpf_sys::bpf_program__autoload(program.as_ptr()) })
    }

    #[setter]
    fn set_autoload(&self, autoload: bool) -> PyResult<()> {
        let object = self.object.get();
        object.lifecycle.require_open(format!("program {}: autoload", self.name))?;
        let program = object.program_pointer(&self.name)?;
        // SAFETY: as in `section`; the object is not loaded yet, which is all that could make it fail.
        unsafe { libbpf_sys::bpf_program__set_autoload(program.as_ptr(), autoload) };
        Ok(())
    }

    /// What it attaches to: a function of the kernel or, where its descriptor is given, of another program.
    fn set_attach_target(&self, program: i32, function: &str) -> PyResult<()> {
        let object = self.object.get();
        let what = format!("program {}: attach target", self.name);
        object.lifecycle.require_open(&what)?;
        let own = object.program_pointer(&self.name)?;
        let function = CString::new(function).map_err(|error| PyValueError::new_err(error.to_string()))?;
        // SAFETY: as in `section`; libbpf copies the name.
        match unsafe { libbpf_sys::bpf_program__set_attach_target(own.as_ptr(), program, function.as_ptr()) } {
            0.. => Ok(()),
            error => Err(Failure::os("attach-failed", what, &io::Error::from_raw_os_error(-error)).into()),
        }
    }

    /// The kernel's descriptor, which the object owns.
    fn fileno(&self) -> PyResult<i32> {
        Ok(self.loaded(|program| Ok(program.as_fd().as_raw_fd()), "not-loaded")?)
    }

    /// Where the section says.
    fn attach(&self, py: Python<'_>) -> PyResult<Link> {
        self.attach_with(py, |program| program.attach())
    }

    fn attach_kprobe(
        &self,
        py: Python<'_>,
        function: &str,
        offset: usize,
        retprobe: bool,
        cookie: u64,
    ) -> PyResult<Link> {
        self.attach_with(py, |program| {
            let options = KprobeOpts { cookie, ..KprobeOpts::default() };
            if offset == 0 {
                return program.attach_kprobe_with_opts(retprobe, function, options);
            }
            let mut options: libbpf_sys::bpf_kprobe_opts = options.into();
            options.offset = offset as _;
            options.retprobe = retprobe;
            let name = CString::new(function).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?;
            raw_link(|| {
                // SAFETY: the program is loaded, the name and the options live during the call.
                unsafe {
                    libbpf_sys::bpf_program__attach_kprobe_opts(
                        program.as_libbpf_object().as_ptr(),
                        name.as_ptr(),
                        &raw const options,
                    )
                }
            })
        })
    }

    fn attach_kprobe_multi(
        &self,
        py: Python<'_>,
        functions: Vec<String>,
        retprobe: bool,
        cookies: Vec<u64>,
    ) -> PyResult<Link> {
        self.attach_with(py, |program| {
            let options = KprobeMultiOpts { symbols: functions, cookies, retprobe, ..KprobeMultiOpts::default() };
            program.attach_kprobe_multi_with_opts(options)
        })
    }

    fn attach_ksyscall(&self, py: Python<'_>, syscall: &str, retprobe: bool) -> PyResult<Link> {
        self.attach_with(py, |program| program.attach_ksyscall(retprobe, syscall))
    }

    /// At (path, function or None, offset in bytes); `pid` -1 is every process.
    fn attach_uprobe(
        &self,
        py: Python<'_>,
        target: (PathBuf, Option<String>, usize),
        pid: i32,
        retprobe: bool,
        cookie: u64,
    ) -> PyResult<Link> {
        let (path, function, offset) = target;
        self.attach_with(py, |program| {
            let options = UprobeOpts { func_name: function, retprobe, cookie, ..UprobeOpts::default() };
            program.attach_uprobe_with_opts(pid, path, offset, options)
        })
    }

    fn attach_uprobe_multi(
        &self,
        py: Python<'_>,
        path: PathBuf,
        functions: Vec<String>,
        pid: i32,
        retprobe: bool,
        cookies: Vec<u64>,
    ) -> PyResult<Link> {
        // A name without a slash is one that libbpf looks for.
        let by_name = path.components().count() == 1;
        let offsets = if by_name { Vec::new() } else { function_offsets(&path, &functions)? };
        let syms = if by_name { functions } else { Vec::new() };
        self.attach_with(py, |program| {
            let options = UprobeMultiOpts { syms, offsets, cookies, retprobe, ..UprobeMultiOpts::default() };
            program.attach_uprobe_multi_with_opts(pid, path, "", options)
        })
    }

    fn attach_usdt(
        &self,
        py: Python<'_>,
        path: PathBuf,
        provider: &str,
        name: &str,
        pid: i32,
        cookie: u64,
    ) -> PyResult<Link> {
        self.attach_with(py, |program| {
            let options = UsdtOpts { cookie, ..UsdtOpts::default() };
            program.attach_usdt_with_opts(pid, path, provider, name, options)
        })
    }

    fn attach_tracepoint(&self, py: Python<'_>, category: String, name: &str, cookie: u64) -> PyResult<Link> {
        self.attach_with(py, |program| {
            let options = TracepointOpts { cookie, ..TracepointOpts::default() };
            program.attach_tracepoint_with_opts(TracepointCategory::Custom(category), name, options)
        })
    }

    fn attach_raw_tracepoint(&self, py: Python<'_>, name: &str, cookie: u64) -> PyResult<Link> {
        self.attach_with(py, |program| {
            let options = RawTracepointOpts { cookie, ..RawTracepointOpts::default() };
            program.attach_raw_tracepoint_with_opts(name, options)
        })
    }

    /// To an event that `perf_event_open(2)` opened; the link takes a duplicate of the descriptor.
    fn attach_perf_event(&self, py: Python<'_>, fd: i32, cookie: u64) -> PyResult<Link> {
        // libbpf closes the descriptor together with the link, so it gets one of its own.
        // SAFETY: the call takes no pointer.
        let own = unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) };
        if own < 0 {
            return Err(Failure::os("attach-failed", "perf event", &io::Error::last_os_error()).into());
        }
        let attached = self.attach_with(py, |program| {
            let options = PerfEventOpts { cookie, ..PerfEventOpts::default() };
            program.attach_perf_event_with_opts(own, options)
        });
        if attached.is_err() {
            // SAFETY: it is ours, and no link took it.
            unsafe { libc::close(own) };
        }
        attached
    }

    fn attach_xdp(&self, py: Python<'_>, ifindex: i32) -> PyResult<Link> {
        self.attach_with(py, |program| program.attach_xdp(ifindex))
    }

    fn attach_cgroup(&self, py: Python<'_>, fd: i32) -> PyResult<Link> {
        self.attach_with(py, |program| program.attach_cgroup(fd))
    }

    fn attach_netns(&self, py: Python<'_>, fd: i32) -> PyResult<Link> {
        self.attach_with(py, |program| program.attach_netns(fd))
    }

    /// Runs it in the kernel on `data` and `context`, without attaching: (return value, data, context, ns a run).
    #[pyo3(signature = (data, context, repeat, flags))]
    fn test_run<'py>(
        &self,
        py: Python<'py>,
        data: Option<Vec<u8>>,
        context: Option<Vec<u8>>,
        repeat: u32,
        flags: u32,
    ) -> PyResult<(u32, Bound<'py, PyBytes>, Bound<'py, PyBytes>, u64)> {
        let mut data_out = data.as_ref().map(|data| vec![0; data.len() + HEADROOM]);
        // Without a packet, kinds that take a context change it in place, or refuse to be asked for one.
        let mut context_out = data.as_ref().and(context.as_ref()).map(|context| vec![0; context.len()]);
        let mut context = context;
        let in_place = context_out.is_none();
        let run = |program: &ProgramMut<'_>| {
            let output = program.test_run(ProgramInput {
                context_in: context.as_deref_mut(),
                context_out: context_out.as_deref_mut(),
                data_in: data.as_deref(),
                data_out: data_out.as_deref_mut(),
                flags,
                // Once is what the kernel calls 0; kinds that cannot be repeated take nothing else.
                repeat: if repeat == 1 { 0 } else { repeat },
                ..ProgramInput::default()
            })?;
            let owned = |bytes: Option<&mut [u8]>| bytes.map_or_else(Vec::new, |bytes| bytes.to_vec());
            let nanoseconds = output.duration.as_nanos() as u64;
            let (value, data, after) = (output.return_value, owned(output.data), owned(output.context));
            let context = if in_place { context.unwrap_or_default() } else { after };
            Ok((value, data, context, nanoseconds))
        };
        let (value, data, context, nanoseconds) = py.detach(|| self.loaded(run, "test-run-failed"))?;
        Ok((value, PyBytes::new(py, &data), PyBytes::new(py, &context), nanoseconds))
    }
}
