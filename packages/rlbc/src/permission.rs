//! Why the kernel lets a process load no BPF. @see capabilities(7), kernel_lockdown(7)

use std::fs;

/// By the numbers of include/uapi/linux/capability.h.
const CAP_NET_ADMIN: (u32, &str) = (12, "CAP_NET_ADMIN");
const CAP_SYS_ADMIN: u32 = 21;
const CAP_PERFMON: (u32, &str) = (38, "CAP_PERFMON");
const CAP_BPF: (u32, &str) = (39, "CAP_BPF");

/// What this process can do about it.
pub(crate) fn hint() -> String {
    reason(effective(), &lockdown())
}

/// Whether capabilities and lockdown let this process trace the kernel.
pub(crate) fn may_trace() -> bool {
    allows_tracing(effective(), &lockdown())
}

/// The capabilities in force; none where they are not told.
fn effective() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let effective = status.lines().find_map(|line| {
        let mask = line.strip_prefix("CapEff:")?;
        u64::from_str_radix(mask.trim(), 16).ok()
    });
    effective.unwrap_or(0)
}

fn lockdown() -> String {
    fs::read_to_string("/sys/kernel/security/lockdown").unwrap_or_default()
}

fn allows_tracing(effective: u64, lockdown: &str) -> bool {
    let has = |capability: u32| effective >> capability & 1 == 1;
    let is_tracer = has(CAP_SYS_ADMIN) || (has(CAP_PERFMON.0) && has(CAP_BPF.0));
    is_tracer && !lockdown.contains("[confidentiality]")
}

/// `effective` is a mask of capabilities; `lockdown` has the mode that holds in brackets.
fn reason(effective: u64, lockdown: &str) -> String {
    let has = |capability: u32| effective >> capability & 1 == 1;
    let missing: Vec<_> = [CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN]
        .into_iter()
        // The first two are parts of CAP_SYS_ADMIN.
        .filter(|&(number, _)| !has(number) && (number == CAP_NET_ADMIN.0 || !has(CAP_SYS_ADMIN)))
        .map(|(_, name)| name)
        .collect();
    if !missing.is_empty() {
        return format!("run it as root, or with {}", missing.join(", "));
    }
    match lockdown.split_once('[').and_then(|(_, rest)| rest.split_once(']')) {
        Some((mode @ ("integrity" | "confidentiality"), _)) => {
            format!("the kernel is locked down ({mode}), which root cannot change before it boots again")
        }
        _ => "this process has the capabilities for it: a security module, or the sandbox that it runs in, forbids it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_capabilities_that_a_process_lacks_are_named() {
        assert_eq!(
            reason(0, ""),
            "run it as root, or with CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN"
        );
        assert_eq!(
            reason(1 << 12 | 1 << 39, ""),
            "run it as root, or with CAP_PERFMON"
        );
        assert_eq!(reason(1 << 21, ""), "run it as root, or with CAP_NET_ADMIN");
    }

    #[test]
    fn root_is_not_told_to_be_root() {
        let all = u64::MAX;
        assert!(
            reason(all, "none [integrity] confidentiality\n").contains("locked down (integrity)")
        );
        for lockdown in ["", "[none] integrity confidentiality\n"] {
            assert!(reason(all, lockdown).contains("a security module"));
        }
    }

    #[test]
    fn tracing_wants_capabilities_and_no_lockdown() {
        assert!(allows_tracing(
            1 << 21,
            "[none] integrity confidentiality\n"
        ));
        assert!(allows_tracing(1 << 38 | 1 << 39, ""));
        assert!(!allows_tracing(1 << 39, ""));
        assert!(!allows_tracing(
            u64::MAX,
            "none integrity [confidentiality]\n"
        ));
    }
}
