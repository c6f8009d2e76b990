//! Arenas: memory that programs and this process share at the same addresses, so that it can hold pointers (Linux 6.9).

use std::ffi::c_int;
use std::io;
use std::ptr::{self, NonNull};

use libbpf_rs::{AsRawLibbpf, MapType, Object, OpenObject, libbpf_sys as sys};

/// Where an arena is in memory, and its size in bytes; None for a map of another kind, and for one that was not created.
pub fn memory(map: NonNull<sys::bpf_map>) -> Option<(NonNull<u8>, usize)> {
    let mut size_of_variables = 0;
    // SAFETY: the caller's map lives as long as its object, and the call takes no other pointer than one of our own.
    let (kind, pages, start, page) = unsafe {
        (
            sys::bpf_map__type(map.as_ptr()),
            sys::bpf_map__max_entries(map.as_ptr()),
            sys::bpf_map__initial_value(map.as_ptr(), &raw mut size_of_variables),
            libc::sysconf(libc::_SC_PAGESIZE),
        )
    };
    let size = pages as usize * usize::try_from(page).ok()?;
    let start = NonNull::new(start.cast())?;
    (kind == sys::BPF_MAP_TYPE_ARENA).then_some((start, size))
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
