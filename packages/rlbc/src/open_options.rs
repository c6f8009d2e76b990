use std::path::PathBuf;

/// How an object is opened.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    pub(crate) btf: Option<PathBuf>,
    pub(crate) pin_root: Option<PathBuf>,
    pub(crate) kconfig: Option<String>,
}

impl OpenOptions {
    /// The running kernel's BTF, and maps pinned by name below /sys/fs/bpf.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A file with the kernel's BTF, for kernels that carry none in /sys/kernel/btf/vmlinux. Without it, the environment
    /// variable `LBC_BTF` names one.
    #[must_use]
    pub fn btf(mut self, path: impl Into<PathBuf>) -> Self {
        self.btf = Some(path.into());
        self
    }

    /// The folder of a BPF file system in which maps with `LIBBPF_PIN_BY_NAME` are pinned.
    #[must_use]
    pub fn pin_root(mut self, path: impl Into<PathBuf>) -> Self {
        self.pin_root = Some(path.into());
        self
    }

    /// Options of the kernel's configuration, as in a `.config`: `"CONFIG_HZ=250\n"`. The kernel's own file is asked for those
    /// only that are not among them.
    #[must_use]
    pub fn kconfig(mut self, text: impl Into<String>) -> Self {
        self.kconfig = Some(text.into());
        self
    }
}
