use std::collections::HashMap;
use std::fmt;
use std::io;
use std::os::fd::RawFd;
use std::ptr::NonNull;

use libbpf_rs::{AsRawLibbpf as _, libbpf_sys};
use zerocopy::{FromBytes, IntoBytes};

use crate::section::{self, Map, Memory};

/// Aligned for every type, as the memory is that libbpf maps.
#[derive(Clone, FromBytes, IntoBytes)]
#[repr(C, align(4096))]
struct Page([u8; 4096]);

/// The constants of sections that are not mapped into memory, read once: what is frozen does not change.
pub(crate) struct FrozenCopies {
    /// By the map's descriptor.
    sections: HashMap<RawFd, Box<[Page]>>,
}

impl FrozenCopies {
    pub(crate) fn of(object: &libbpf_rs::Object) -> io::Result<Self> {
        let mut sections = HashMap::new();
        for map in object.maps() {
            let map = map.as_libbpf_object();
            // SAFETY: the map belongs to the object, which is borrowed.
            let internal = unsafe { libbpf_sys::bpf_map__is_internal(map.as_ptr()) };
            if !internal || !section::is_frozen(map) || section::mapped_memory(map).is_some() {
                continue;
            }
            // SAFETY: the object is loaded, and borrowed for longer than this.
            let bytes = unsafe { section::in_kernel(map) }.read()?;
            sections.insert(section::descriptor(map), pages(&bytes));
        }
        Ok(Self { sections })
    }

    /// The copy of a section, which is freed with `self`.
    pub(crate) fn memory(&self, map: Map) -> Option<Memory> {
        let pages = self.sections.get(&section::descriptor(map))?;
        Some(Memory {
            start: NonNull::from(&**pages).cast(),
            size: section::size(map),
        })
    }
}

impl fmt::Debug for FrozenCopies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.sections.keys()).finish()
    }
}

fn pages(bytes: &[u8]) -> Box<[Page]> {
    let mut pages = vec![Page([0; 4096]); bytes.len().div_ceil(size_of::<Page>())];
    pages.as_mut_slice().as_mut_bytes()[..bytes.len()].copy_from_slice(bytes);
    pages.into()
}
