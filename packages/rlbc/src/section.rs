//! Where libbpf keeps the memory of an object's data sections.

use std::ffi::CString;
use std::os::fd::{BorrowedFd, RawFd};
use std::ptr::NonNull;

use libbpf_rs::libbpf_sys;

use crate::element::Element;
use crate::object::no_such;

type Object = NonNull<libbpf_sys::bpf_object>;
pub(crate) type Map = NonNull<libbpf_sys::bpf_map>;

/// A section's memory, which is freed with the object.
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
pub(crate) fn of_constants(object: Object, section: &str) -> Map {
    let map = find_section(object, section);
    assert!(
        is_frozen(map),
        "section {section} may change: read its globals"
    );
    map
}

/// A section that programs can write; shared with them once it is loaded.
pub(crate) fn of_variables(object: Object, section: &str) -> Map {
    let map = find_section(object, section);
    assert!(!is_frozen(map), "section {section} holds constants");
    map
}

/// The memory of a section before load, where each has some.
pub(crate) fn initial_memory(map: Map) -> Memory {
    mapped_memory(map).expect("libbpf keeps the first values in memory")
}

/// The memory of a section; after load `None` where it is not mapped.
pub(crate) fn mapped_memory(map: Map) -> Option<Memory> {
    let mut size = 0;
    // SAFETY: the map is valid, and `size` is written.
    let start = unsafe { libbpf_sys::bpf_map__initial_value(map.as_ptr(), &mut size) };
    Some(Memory {
        start: NonNull::new(start.cast())?,
        size: usize::try_from(size).expect("a section fits into memory"),
    })
}

/// A section in the kernel, for one that has no memory any more: libbpf unmaps it when it has created the map.
///
/// # Safety
/// The object of the map is loaded, and stays open as long as `'obj` lasts.
pub(crate) unsafe fn in_kernel<'obj>(map: Map) -> Element<'obj> {
    // SAFETY: the object owns the descriptor, and the size is that of the map's values.
    unsafe { Element::new(BorrowedFd::borrow_raw(descriptor(map)), size(map)) }
}

/// The descriptor of a section's map; negative before load.
pub(crate) fn descriptor(map: Map) -> RawFd {
    // SAFETY: the map belongs to an object that is alive.
    unsafe { libbpf_sys::bpf_map__fd(map.as_ptr()) }
}

/// The size of a section in bytes.
pub(crate) fn size(map: Map) -> usize {
    // SAFETY: the map belongs to an object that is alive.
    let size = unsafe { libbpf_sys::bpf_map__value_size(map.as_ptr()) };
    usize::try_from(size).expect("a section fits into memory")
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
pub(crate) fn is_frozen(map: Map) -> bool {
    // SAFETY: the map belongs to an object that is alive.
    let flags = unsafe { libbpf_sys::bpf_map__map_flags(map.as_ptr()) };
    flags & libbpf_sys::BPF_F_RDONLY_PROG != 0
}
