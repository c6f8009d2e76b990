//! What kind of hook a program is for; each kind has the ways of attaching that it can have.

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
    /// A network device, on the way in or out.
    Tcx,
    /// A netkit device.
    Netkit,
    /// A function of another program.
    Freplace,
    /// A control group.
    Cgroup,
    /// A kind that libbpf-rs attaches: [`Program::libbpf`](crate::Program::libbpf).
    Other,
}
