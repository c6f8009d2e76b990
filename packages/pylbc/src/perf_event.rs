//! Perf events of pylbc's own making.

use std::io;

use libbpf_rs::libbpf_sys;

use crate::error::Failure;

/// A software clock of one CPU, for all that runs there, as a descriptor; None where the CPU is offline.
pub fn open_timer(cpu: i32, hertz: u64) -> Result<Option<i32>, Failure> {
    let mut attributes = libbpf_sys::perf_event_attr {
        type_: libbpf_sys::PERF_TYPE_SOFTWARE,
        size: size_of::<libbpf_sys::perf_event_attr>() as u32,
        config: libbpf_sys::PERF_COUNT_SW_CPU_CLOCK.into(),
        ..Default::default()
    };
    attributes.__bindgen_anon_1.sample_freq = hertz;
    attributes.set_freq(1);
    let (process, group) = (-1, -1);
    let flags = libc::c_ulong::from(libbpf_sys::PERF_FLAG_FD_CLOEXEC);
    // SAFETY: the attributes live during the call, and tell their size.
    let fd = unsafe { libc::syscall(libc::SYS_perf_event_open, &raw const attributes, process, cpu, group, flags) };
    if fd >= 0 {
        return Ok(Some(fd as i32));
    }
    match io::Error::last_os_error() {
        error if error.raw_os_error() == Some(libc::ENODEV) => Ok(None),
        error => Err(Failure::os("attach-failed", format!("a timer of {hertz} Hz on CPU {cpu}"), &error)),
    }
}
