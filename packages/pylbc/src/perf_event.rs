//! Perf events of pylbc's own making. See perf_event_open(2).

use std::io;

use libbpf_rs::libbpf_sys;

use crate::error::Failure;

/// Opens an event of (type, configuration) that samples at a period, or at a frequency where the flag is set, on [process, CPU,
/// group]. None where the CPU is offline.
pub fn open(
    event: (u32, u64),
    sample: (u64, bool),
    [process, cpu, group]: [i32; 3],
    flags: u64,
) -> Result<Option<i32>, Failure> {
    let mut attributes = libbpf_sys::perf_event_attr {
        type_: event.0,
        size: size_of::<libbpf_sys::perf_event_attr>() as u32,
        config: event.1,
        ..Default::default()
    };
    // The period and the frequency share a union of two u64.
    attributes.__bindgen_anon_1.sample_period = sample.0;
    attributes.set_freq(sample.1.into());
    let flags = flags | u64::from(libbpf_sys::PERF_FLAG_FD_CLOEXEC);
    // SAFETY: the attributes live during the call, and tell their size.
    let fd = unsafe { libc::syscall(libc::SYS_perf_event_open, &raw const attributes, process, cpu, group, flags) };
    if fd >= 0 {
        return Ok(Some(fd as i32));
    }
    match io::Error::last_os_error() {
        error if error.raw_os_error() == Some(libc::ENODEV) => Ok(None),
        error => {
            let what = format!("perf event {} of type {} on CPU {cpu}", event.1, event.0);
            Err(Failure::os("attach-failed", what, &error))
        }
    }
}
