//! Kernels that call no program by a trampoline, whatever the process may do: as on arm64 before Linux 6.0.

use std::ptr::NonNull;

use libbpf_rs::{AsRawLibbpf as _, OpenObject, libbpf_sys as sys};

use crate::permission;

/// The kernel's own ENOTSUPP, which user space has no name for. @see include/linux/errno.h
const ENOTSUPP: i32 = 524;

/// The programs of an object that are to be loaded and need trampolines, by name.
#[derive(Debug)]
pub struct Trampolines(Vec<String>);

impl Trampolines {
    /// Asked before load, which takes the object.
    #[must_use]
    pub fn of(object: &OpenObject) -> Self {
        let programs = object.progs().filter(|program| program.autoload());
        let programs = programs.filter(|program| needs_one(program.as_libbpf_object()));
        Self(
            programs
                .map(|program| program.name().to_string_lossy().into_owned())
                .collect(),
        )
    }

    /// Why the kernel refused the program that libbpf names in its log, where that is its trampoline.
    #[must_use]
    pub fn refused(&self, errno: Option<i32>, log: &str) -> Option<String> {
        let failed = |name: &String| log.contains(&format!("prog '{name}': failed to load: "));
        let verified = log.contains("-- BEGIN PROG LOAD LOG --");
        let is_one = !verified && self.0.iter().any(failed);
        is_one
            .then(|| reason(errno?, permission::may_trace))
            .flatten()
    }
}

/// Why the kernel did not attach a program, where that is its trampoline.
#[must_use]
pub fn refused(program: NonNull<sys::bpf_program>, errno: Option<i32>) -> Option<String> {
    if needs_one(program) {
        reason(errno?, permission::may_trace)
    } else {
        None
    }
}

/// fentry, fexit and fmod_ret.
fn needs_one(program: NonNull<sys::bpf_program>) -> bool {
    // SAFETY: the program lives as long as the object that it is taken from.
    let (kind, hook) = unsafe {
        (
            sys::bpf_program__type(program.as_ptr()),
            sys::bpf_program__expected_attach_type(program.as_ptr()),
        )
    };
    let hooks = [
        sys::BPF_TRACE_FENTRY,
        sys::BPF_TRACE_FEXIT,
        sys::BPF_MODIFY_RETURN,
    ];
    kind == sys::BPF_PROG_TYPE_TRACING && hooks.contains(&hook)
}

fn reason(errno: i32, may_trace: impl FnOnce() -> bool) -> Option<String> {
    let name = match errno {
        ENOTSUPP => "ENOTSUPP",
        libc::EPERM if may_trace() => "EPERM",
        _ => return None,
    };
    Some(format!(
        "this kernel, or the hypervisor under it, refuses trampolines, which fentry and fexit need ({name}): \
         use a kprobe for the function, or tp_btf for a tracepoint near it"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: &str = "libbpf: prog 'on_open': BPF program load failed: -EPERM\nlibbpf: prog 'on_open': failed to load: -EPERM\n";

    #[test]
    fn a_process_that_lacks_a_right_is_not_told_of_trampolines() {
        assert!(reason(libc::EPERM, || true).unwrap().contains("(EPERM)"));
        assert!(reason(ENOTSUPP, || false).unwrap().contains("(ENOTSUPP)"));
        assert_eq!(reason(libc::EPERM, || false), None);
        assert_eq!(reason(libc::EINVAL, || true), None);
    }

    #[test]
    fn the_program_that_failed_has_to_need_one() {
        let trampolines = Trampolines(vec!["on_open".to_owned()]);
        let words = trampolines.refused(Some(ENOTSUPP), REFUSED);
        assert!(words.unwrap().contains("tp_btf"));
        assert_eq!(trampolines.refused(None, REFUSED), None);
        let other = REFUSED.replace("on_open", "on_close");
        assert_eq!(trampolines.refused(Some(ENOTSUPP), &other), None);
        let verified = format!("-- BEGIN PROG LOAD LOG --\n{REFUSED}");
        assert_eq!(trampolines.refused(Some(ENOTSUPP), &verified), None);
    }
}
