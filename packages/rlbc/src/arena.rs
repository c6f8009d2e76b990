//! Arenas: memory that programs and this process share at the same addresses, so that it can hold pointers (Linux 6.9).

use std::ffi::c_int;
use std::io;
use std::ptr::{self, NonNull};

use libbpf_rs::{AsRawLibbpf as _, MapType, Object, OpenObject, libbpf_sys as sys};

use crate::events::mapping::page_size;
use crate::global::{Global, Globals};
use crate::section::{Map, Memory};
use crate::{Address, Plain};

/// The memory of an arena, live: what programs write is seen, and the other way round.
#[derive(Clone, Copy, Debug)]
pub struct Arena<'obj> {
    start: NonNull<u8>,
    size: usize,
    memory: Globals<'obj>,
}

impl<'obj> Arena<'obj> {
    /// `None` for a map of another kind, and for one that was not created.
    ///
    /// # Safety
    /// The object of the map is loaded, and stays open as long as `'obj` lasts.
    pub(crate) unsafe fn of(map: Map) -> Option<Self> {
        let (start, size) = memory(map)?;
        // SAFETY: libbpf maps the arena as a whole for as long as the object is open; a page is there once it is touched.
        let memory = unsafe { Globals::new(start, size) };
        Some(Self {
            start,
            size,
            memory,
        })
    }

    /// Where it begins, for programs and for this process.
    #[must_use]
    pub fn address(&self) -> Address {
        Address(self.start.as_ptr() as u64)
    }

    /// In bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// The value that a pointer of a program leads to; `None` for a null pointer, and for any other place outside.
    #[must_use]
    pub fn at<T: Plain>(&self, pointer: Address) -> Option<Global<'obj, T>> {
        let offset = usize::try_from(pointer.0.checked_sub(self.address().0)?).ok()?;
        let end = offset.checked_add(size_of::<T>())?;
        (end <= self.size).then(|| self.memory.at(offset))
    }
}

/// Where an arena is in memory, and its size in bytes; `None` for a map of another kind, and for one that was not created.
/// The map belongs to an object that is alive.
#[must_use]
pub fn memory(map: Map) -> Option<(NonNull<u8>, usize)> {
    // SAFETY: the map is valid.
    let (kind, pages) = unsafe {
        (
            sys::bpf_map__type(map.as_ptr()),
            sys::bpf_map__max_entries(map.as_ptr()),
        )
    };
    if kind != sys::BPF_MAP_TYPE_ARENA {
        return None;
    }
    let start = crate::section::mapped_memory(map)?.start;
    Some((start, pages as usize * page_size()))
}

/// The variables of an arena before load, with their first values; `None` where it has none.
pub(crate) fn first_values(map: Map) -> Option<Memory> {
    crate::section::mapped_memory(map).filter(|memory| memory.size > 0)
}

/// Loads an object, and tells where the variables of its arena are, if it has one: at the start or, as newer kernels allow,
/// at the end of it. libbpf tells that to its skeletons alone, so that a skeleton is made of the one map.
pub fn load(object: OpenObject) -> libbpf_rs::Result<(Object, Option<NonNull<u8>>)> {
    let arena = object.maps().find(|map| map.map_type() == MapType::Arena);
    let Some(mut map) = arena.map(|map| map.as_libbpf_object().as_ptr()) else {
        return Ok((object.load()?, None));
    };
    let (mut variables, mut pointer) = (ptr::null_mut(), object.as_libbpf_object().as_ptr());
    let mut arena = sys::bpf_map_skeleton {
        name: ptr::null(),
        map: &raw mut map,
        mmaped: &raw mut variables,
        link: ptr::null_mut(),
    };
    let mut skeleton = sys::bpf_object_skeleton {
        sz: size_of::<sys::bpf_object_skeleton>() as _,
        name: c"arena".as_ptr(),
        obj: &raw mut pointer,
        map_cnt: 1,
        map_skel_sz: size_of::<sys::bpf_map_skeleton>() as c_int,
        maps: &raw mut arena,
        ..Default::default()
    };
    // SAFETY: the object is open, and everything that the skeleton points to lives during the call.
    let result = unsafe { sys::bpf_object__load_skeleton(&raw mut skeleton) };
    if result < 0 {
        return Err(io::Error::from_raw_os_error(-result).into());
    }
    // SAFETY: it is loaded, and nobody else owns it.
    let object = unsafe { Object::from_ptr(object.take_ptr()) };
    Ok((object, NonNull::new(variables.cast())))
}
