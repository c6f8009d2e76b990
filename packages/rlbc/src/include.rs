use std::path::{Path, PathBuf};

/// The folder of `lbc.h`, for a build script that compiles BPF sources: `clang -I <include_dir()>`.
///
/// It lies in the sources of this crate, as cargo unpacked them on the machine that compiled it.
#[must_use]
pub fn include_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("include")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_headers_are_where_the_crate_says() {
        assert!(super::include_dir().join("lbc.h").is_file());
    }
}
