//! The BTF of a kernel that is made for a test.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rlbc::OpenOptions;

/// A file with the BTF of a kernel that knows some types of maps and nothing else; removed when dropped.
pub struct KernelBtf(PathBuf);

impl KernelBtf {
    /// Its `enum bpf_map_type` has these enumerators. @see https://docs.kernel.org/bpf/btf.html
    pub fn with_map_types(enumerators: &[&str]) -> Self {
        const MAGIC_AND_VERSION: u32 = 0x1_eb9f;
        const HEADER: u32 = 24;
        const BTF_KIND_ENUM: u32 = 6;
        let mut strings = b"\0bpf_map_type\0".to_vec();
        let mut types = vec![1, BTF_KIND_ENUM << 24 | enumerators.len() as u32, 4];
        for (value, name) in enumerators.iter().enumerate() {
            types.extend([strings.len() as u32, value as u32]);
            strings.extend(name.bytes().chain([0]));
        }
        let types: Vec<_> = types.into_iter().flat_map(u32::to_ne_bytes).collect();
        let (types_size, strings_size) = (types.len() as u32, strings.len() as u32);
        let header = [
            MAGIC_AND_VERSION,
            HEADER,
            0,
            types_size,
            types_size,
            strings_size,
        ];
        let header: Vec<_> = header.into_iter().flat_map(u32::to_ne_bytes).collect();

        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("rlbc-test-{}-{number}.btf", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, [header, types, strings].concat()).unwrap();
        Self(path)
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Options that open an object for it.
    pub fn options(&self) -> OpenOptions {
        OpenOptions::new().btf(&self.0)
    }
}

impl Drop for KernelBtf {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
