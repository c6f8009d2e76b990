//! Perf events of this crate's own making, for programs that run at intervals.

use std::io;
use std::os::fd::{AsFd, AsRawFd as _, FromRawFd as _, IntoRawFd as _, OwnedFd};

use libbpf_rs::{Link, libbpf_sys};

use super::{Program, kind};
use crate::{Error, ErrorCode, Result};

impl Program<'_, kind::PerfEvent> {
    /// Attaches to an event that perf_event_open(2) has opened.
    ///
    /// # Errors
    /// As [`attach`](Program::attach), and [`ErrorCode::System`] where there is no room for another descriptor.
    pub fn attach_to(&self, event: &impl AsFd) -> Result<Link> {
        let event = event.as_fd().try_clone_to_owned().map_err(|source| {
            Error::new(ErrorCode::System, "cannot duplicate a descriptor").with_source(source)
        })?;
        self.attach_owned(event)
    }

    /// Attaches to a timer on each CPU that is online, which runs the program `hertz` times a second on what the CPU does
    /// then: a profiler. An odd frequency, such as 99, does not keep in step with what programs do every so often.
    ///
    /// # Errors
    /// As [`attach`](Program::attach); [`ErrorCode::System`] where the kernel gives no such event, as for a frequency above
    /// `/proc/sys/kernel/perf_event_max_sample_rate`.
    pub fn attach_at_frequency(&self, hertz: u64) -> Result<Vec<Link>> {
        self.expect_loaded()?;
        let cpus = libbpf_rs::num_possible_cpus().map_err(|source| {
            Error::new(ErrorCode::System, "cannot count the CPUs").with_source(source)
        })?;
        let mut links = Vec::new();
        for cpu in 0..cpus {
            match open_timer(cpu, hertz) {
                Ok(event) => links.push(self.attach_owned(event)?),
                // The CPU is offline.
                Err(error) if error.raw_os_error() == Some(libc::ENODEV) => {}
                Err(source) => {
                    let message = format!("cannot open a timer of {hertz} Hz on CPU {cpu}");
                    return Err(Error::new(ErrorCode::System, message).with_source(source));
                }
            }
        }
        Ok(links)
    }

    fn attach_owned(&self, event: OwnedFd) -> Result<Link> {
        let link = self.link(|program| program.attach_perf_event(event.as_raw_fd()))?;
        // libbpf closes the event together with the link.
        let _ = event.into_raw_fd();
        Ok(link)
    }
}

/// A software clock of one CPU, for all that runs there.
fn open_timer(cpu: usize, hertz: u64) -> io::Result<OwnedFd> {
    let mut attributes = libbpf_sys::perf_event_attr {
        type_: libbpf_sys::PERF_TYPE_SOFTWARE,
        size: size_of::<libbpf_sys::perf_event_attr>() as u32,
        config: libbpf_sys::PERF_COUNT_SW_CPU_CLOCK.into(),
        ..Default::default()
    };
    attributes.__bindgen_anon_1.sample_freq = hertz;
    attributes.set_freq(1);
    let (process, group) = (-1, -1);
    // SAFETY: the attributes live during the call, and tell their size.
    let fd = unsafe {
        libc::syscall(
            libc::SYS_perf_event_open,
            &raw const attributes,
            process,
            cpu as libc::c_int,
            group,
            libc::c_ulong::from(libbpf_sys::PERF_FLAG_FD_CLOEXEC),
        )
    };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is new, so that nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) })
}
