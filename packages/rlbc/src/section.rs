//! Where libbpf keeps the memory of an object's data sections.

use std::ffi::CString;
use std::ptr::NonNull;

use libbpf_rs::libbpf_sys;

use crate::object::no_such;

type Object = NonNull<libbpf_sys::bpf_object>;
type Map = NonNull<libbpf_sys::bpf_map>;

/// A section's memory, which libbpf frees with the object.
pub(crate) struct Memory {
    pub(crate) start: NonNull<u8>,
    /// In bytes.
    pub(crate) size: usize,
}

impl Memory {
    /// The memory as a struct that covers it. A Rust struct ends at a multiple of its alignment, a section where its last
    /// variable ends; the rest of the page is mapped as well.
    pub(crate) fn as_struct<T>(&self, section: &str) -> NonNull<T> {
        let (size, rounded) = (self.size, size_of::<T>());
        assert!(
            rounded >= size && rounded <= size.next_multiple_of(align_of::<T>()),
            "section {section} has {size} bytes, not {rounded}"
        );
        let start = self.start.cast::<T>();
        assert!(
            start.is_aligned(),
            "section {section} is mapped to whole pages"
        );
        start
    }
}

/// A section that programs can only read; libbpf freezes it at load.
pub(crate) fn of_constants(object: Object, section: &str) -> Memory {
    let map = find_section(object, section);
    assert!(
        is_frozen(map),
        "section {section} may change: read its globals"
    );
    initial_value(map)
}

/// A section that programs can write; shared with them once it is loaded.
pub(crate) fn of_variables(object: Object, section: &str) -> Memory {
    let map = find_section(object, section);
    assert!(!is_frozen(map), "section {section} holds constants");
    initial_value(map)
}

/// libbpf knows a data section by its ELF name (`.rodata`), whatever the kernel calls the map.
pub(crate) fn find_map(object: Object, name: &str) -> Map {
    let c_name = CString::new(name).unwrap_or_else(|_| no_such("map", name));
    // SAFETY: both pointers are valid for the call.
    let map = unsafe { libbpf_sys::bpf_object__find_map_by_name(object.as_ptr(), c_name.as_ptr()) };
    NonNull::new(map).unwrap_or_else(|| no_such("map", name))
}

/// Only data sections have a name with a dot; other maps' memory (of struct_ops) is libbpf's own.
fn find_section(object: Object, name: &str) -> Map {
    if name.starts_with('.') {
        find_map(object, name)
    } else {
        no_such("section", name)
    }
}

/// Whether programs may only read a section, which libbpf then freezes and maps for reading.
fn is_frozen(map: Map) -> bool {
    // SAFETY: the map belongs to an object that is alive.
    let flags = unsafe { libbpf_sys::bpf_map__map_flags(map.as_ptr()) };
    flags & libbpf_sys::BPF_F_RDONLY_PROG != 0
}

fn initial_value(map: Map) -> Memory {
    let mut size = 0;
    // SAFETY: the map is valid, and `size` is written.
    let start = unsafe { libbpf_sys::bpf_map__initial_value(map.as_ptr(), &mut size) };
    Memory {
        start: NonNull::new(start.cast()).expect("the section is mapped into memory"),
        size: usize::try_from(size).expect("a section fits into memory"),
    }
}
