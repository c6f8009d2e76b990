//! A map as bytes: keys and values of the size that the kernel expects.

use std::collections::HashSet;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::ptr::{self, NonNull};

use libbpf_rs::libbpf_sys;
use libbpf_rs::{MapCore, MapHandle, MapType};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::error::Failure;
use crate::object::{Inner, Object};
use crate::program::Link;

/// How many entries one batch asks for at first; a hash bucket that is larger makes it double.
const BATCH: u32 = 1024;

#[pyclass(frozen, module = "pylbc._native")]
#[derive(Debug)]
pub struct Map {
    object: Py<Object>,
    name: String,
}

type Entries = Vec<(Vec<u8>, Vec<u8>)>;

impl Map {
    pub fn new(object: Py<Object>, name: String) -> Self {
        Self { object, name }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    fn pointer(&self) -> Result<*mut libbpf_sys::bpf_map, Failure> {
        Ok(self.object.get().map_pointer(&self.name)?.as_ptr())
    }

    fn what(&self, operation: &str) -> String {
        format!("map {}: {operation}", self.name)
    }

    fn loaded_fd(&self) -> Result<i32, Failure> {
        self.object.get().lifecycle.require_loaded(format!("map {}", self.name))?;
        let map = self.pointer()?;
        // SAFETY: the object is loaded, and it is closed by a holder of the GIL only, as we are.
        Ok(unsafe { libbpf_sys::bpf_map__fd(map) })
    }

    /// A handle of its own, which outlives the object.
    pub fn handle(&self) -> Result<MapHandle, Failure> {
        self.object.get().lifecycle.require_loaded(format!("map {}", self.name))?;
        let Inner::Loaded(object) = &*self.object.get().inner() else {
            return Err(Failure::new("closed", self.what("the object is closed")));
        };
        let map = object.maps().find(|map| map.name() == self.name.as_str());
        let map = map.ok_or_else(|| Failure::new("no-such-map", format!("the object has no map {}", self.name)))?;
        MapHandle::try_from(&map).map_err(|error| Failure::libbpf("map-failed", self.what("open"), &error))
    }

    fn geometry(&self) -> PyResult<Geometry> {
        let map = self.pointer()?;
        // SAFETY: the map lives as long as the object, which is closed by holders of the GIL only.
        let (key, value, kind) = unsafe {
            (libbpf_sys::bpf_map__key_size(map), libbpf_sys::bpf_map__value_size(map), libbpf_sys::bpf_map__type(map))
        };
        let value = if MapType::from(kind).is_percpu() {
            value.next_multiple_of(8) as usize * crate::possible_cpus()?
        } else {
            value as usize
        };
        Ok(Geometry { key: key as usize, value, kind: MapType::from(kind) })
    }

    fn check(&self, what: &str, given: usize, wanted: usize) -> PyResult<()> {
        if given == wanted {
            return Ok(());
        }
        Err(PyValueError::new_err(format!("map {}: {what} of {given} bytes, {wanted} expected", self.name)))
    }

    fn outcome(&self, operation: &str, result: i32) -> Result<bool, Failure> {
        if result >= 0 {
            return Ok(true);
        }
        let error = io::Error::from_raw_os_error(-result);
        match error.raw_os_error() {
            Some(libc::ENOENT) => Ok(false),
            Some(libc::EEXIST) => Err(Failure::os("exists", self.what(operation), &error)),
            Some(libc::E2BIG | libc::ENOSPC) => Err(Failure::os("full", self.what(operation), &error)),
            _ => Err(Failure::os("map-failed", self.what(operation), &error)),
        }
    }
}

/// Sizes in bytes as a system call sees them: per-CPU values of all CPUs together.
#[derive(Clone, Copy)]
struct Geometry {
    key: usize,
    value: usize,
    kind: MapType,
}

#[pymethods]
impl Map {
    /// `enum bpf_map_type` of include/uapi/linux/bpf.h.
    #[getter]
    fn type_number(&self) -> PyResult<u32> {
        // SAFETY: as in `geometry`.
        Ok(unsafe { libbpf_sys::bpf_map__type(self.pointer()?) })
    }

    /// In bytes.
    #[getter]
    fn key_size(&self) -> PyResult<usize> {
        Ok(self.geometry()?.key)
    }

    /// In bytes; of a per-CPU map all CPUs' together.
    #[getter]
    fn value_size(&self) -> PyResult<usize> {
        Ok(self.geometry()?.value)
    }

    #[getter]
    fn max_entries(&self) -> PyResult<u32> {
        // SAFETY: as in `geometry`.
        Ok(unsafe { libbpf_sys::bpf_map__max_entries(self.pointer()?) })
    }

    #[setter]
    fn set_max_entries(&self, entries: u32) -> PyResult<()> {
        self.object.get().lifecycle.require_open(self.what("max_entries"))?;
        // SAFETY: as in `geometry`; the object is not loaded yet.
        let result = unsafe { libbpf_sys::bpf_map__set_max_entries(self.pointer()?, entries) };
        self.outcome("max_entries", result)?;
        Ok(())
    }

    /// The kernel's descriptor, which the object owns.
    fn fileno(&self) -> PyResult<i32> {
        Ok(self.loaded_fd()?)
    }

    #[pyo3(signature = (key, flags=0))]
    fn lookup<'py>(&self, py: Python<'py>, key: &[u8], flags: u64) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let (fd, geometry) = (self.loaded_fd()?, self.geometry()?);
        self.check("key", key.len(), geometry.key)?;
        let mut value = vec![0; geometry.value];
        // SAFETY: key and value have the sizes that the kernel uses.
        let result =
            unsafe { libbpf_sys::bpf_map_lookup_elem_flags(fd, key.as_ptr().cast(), value.as_mut_ptr().cast(), flags) };
        Ok(self.outcome("lookup", result)?.then(|| PyBytes::new(py, &value)))
    }

    /// `key` is None for queues, stacks and bloom filters. False where `flags` wants an entry that is not there.
    #[pyo3(signature = (key, value, flags=0))]
    fn update(&self, key: Option<&[u8]>, value: &[u8], flags: u64) -> PyResult<bool> {
        let (fd, geometry) = (self.loaded_fd()?, self.geometry()?);
        self.check("key", key.map_or(0, <[u8]>::len), geometry.key)?;
        self.check("value", value.len(), geometry.value)?;
        let key = key.map_or(ptr::null(), <[u8]>::as_ptr);
        // SAFETY: as in `lookup`; keyless maps take a null key.
        let result = unsafe { libbpf_sys::bpf_map_update_elem(fd, key.cast(), value.as_ptr().cast(), flags) };
        Ok(self.outcome("update", result)?)
    }

    /// False where there is no such entry.
    fn delete(&self, key: &[u8]) -> PyResult<bool> {
        let fd = self.loaded_fd()?;
        self.check("key", key.len(), self.geometry()?.key)?;
        // SAFETY: as in `lookup`.
        let result = unsafe { libbpf_sys::bpf_map_delete_elem(fd, key.as_ptr().cast()) };
        Ok(self.outcome("delete", result)?)
    }

    /// The value, taken out; of a queue or stack (key None) the next one.
    #[pyo3(signature = (key))]
    fn take<'py>(&self, py: Python<'py>, key: Option<&[u8]>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let (fd, geometry) = (self.loaded_fd()?, self.geometry()?);
        self.check("key", key.map_or(0, <[u8]>::len), geometry.key)?;
        let mut value = vec![0; geometry.value];
        let key = key.map_or(ptr::null(), <[u8]>::as_ptr);
        // SAFETY: as in `update`.
        let result = unsafe { libbpf_sys::bpf_map_lookup_and_delete_elem(fd, key.cast(), value.as_mut_ptr().cast()) };
        Ok(self.outcome("take", result)?.then(|| PyBytes::new(py, &value)))
    }

    /// The next value of a queue or stack, left there; whether a bloom filter may hold `value`.
    fn peek<'py>(&self, py: Python<'py>, value: &[u8]) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let fd = self.loaded_fd()?;
        self.check("value", value.len(), self.geometry()?.value)?;
        let mut value = value.to_vec();
        // SAFETY: as in `update`.
        let result = unsafe { libbpf_sys::bpf_map_lookup_elem(fd, ptr::null(), value.as_mut_ptr().cast()) };
        Ok(self.outcome("peek", result)?.then(|| PyBytes::new(py, &value)))
    }

    /// All keys with their values, as they were while the map was walked, with the GIL released.
    fn entries<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let (fd, geometry) = (self.loaded_fd()?, self.geometry()?);
        let limit = self.max_entries()? as usize;
        // SAFETY: the descriptor is open while we hold the GIL; the walk needs one that stays so without it.
        let own = unsafe { BorrowedFd::borrow_raw(fd) }.try_clone_to_owned()?;
        let walked = py.detach(|| walk(&own, geometry, limit));
        let entries = walked.map_err(|error| Failure::os("map-failed", self.what("walk"), &error))?;
        PyList::new(py, entries.iter().map(|(key, value)| (PyBytes::new(py, key), PyBytes::new(py, value))))
    }

    /// Registers the struct_ops that the map holds with the kernel.
    fn attach_struct_ops(&self) -> PyResult<Link> {
        self.object.get().lifecycle.require_loaded(&self.name)?;
        let map = self.pointer()?;
        // SAFETY: the object is loaded, and it is closed by a holder of the GIL only, as we are.
        let link = NonNull::new(unsafe { libbpf_sys::bpf_map__attach_struct_ops(map) });
        let link =
            link.ok_or_else(|| Failure::os("attach-failed", self.what("attach"), &io::Error::last_os_error()))?;
        // SAFETY: a fresh link that nobody else owns.
        Ok(Link::new(unsafe { libbpf_rs::Link::from_ptr(link) }))
    }

    /// Keeps the map under a path of the BPF file system when the object is closed.
    fn pin(&self, path: PathBuf) -> PyResult<()> {
        let mut handle = self.handle()?;
        Ok(handle.pin(path).map_err(|error| Failure::libbpf("pin-failed", self.what("pin"), &error))?)
    }
}

/// One entry after the other or, where the kernel can, a batch of buckets at a time: that way an entry that is
/// deleted meanwhile does not send the walk back to the start.
fn walk(fd: &OwnedFd, geometry: Geometry, limit: usize) -> io::Result<Entries> {
    match walk_batches(fd, geometry, limit) {
        Err(error) if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOTSUP | 524)) => {
            walk_keys(fd, geometry, limit)
        }
        walked => walked,
    }
}

/// See `generic_map_lookup_batch` and `__htab_map_lookup_and_delete_batch` in the kernel: ENOENT ends the walk.
fn walk_batches(fd: &OwnedFd, geometry: Geometry, limit: usize) -> io::Result<Entries> {
    let Geometry { key: key_size, value: value_size, kind } = geometry;
    let mut entries = Entries::new();
    let mut size = BATCH.min(u32::try_from(limit).unwrap_or(BATCH)).max(1);
    // The token of a hash is a bucket number of 4 bytes, of other maps a key.
    let (mut token, mut next) = (vec![0; key_size.max(4)], vec![0; key_size.max(4)]);
    let mut first = true;
    loop {
        let (mut keys, mut values) = (vec![0; key_size * size as usize], vec![0; value_size * size as usize]);
        let mut count = size;
        let start = if first { ptr::null_mut() } else { token.as_mut_ptr() };
        // SAFETY: every buffer has the size that `count` entries take.
        let result = unsafe {
            libbpf_sys::bpf_map_lookup_batch(
                fd.as_raw_fd(),
                start.cast(),
                next.as_mut_ptr().cast(),
                keys.as_mut_ptr().cast(),
                values.as_mut_ptr().cast(),
                &raw mut count,
                ptr::null(),
            )
        };
        if result == -libc::ENOSPC && kind.is_hash_map() && size < 1 << 24 {
            size *= 2;
            continue;
        }
        if result < 0 && result != -libc::ENOENT {
            return Err(io::Error::from_raw_os_error(-result));
        }
        let pairs = keys.chunks_exact(key_size).zip(values.chunks_exact(value_size.max(1)));
        entries.extend(pairs.take(count as usize).map(|(key, value)| (key.to_vec(), value.to_vec())));
        if result < 0 || count == 0 {
            return Ok(entries);
        }
        std::mem::swap(&mut token, &mut next);
        first = false;
    }
}

/// For kernels and map types without batches. It takes at most twice as many steps as the map has room: where entries
/// come and go fast, the kernel may start again from the first key; what was seen is not given twice.
fn walk_keys(fd: &OwnedFd, geometry: Geometry, limit: usize) -> io::Result<Entries> {
    let fd = fd.as_raw_fd();
    let mut entries = Entries::new();
    let mut seen = HashSet::new();
    let mut key: Option<Vec<u8>> = None;
    for _ in 0..limit.saturating_mul(2) {
        let mut next = vec![0; geometry.key];
        let current = key.as_ref().map_or(ptr::null(), |key| key.as_ptr());
        // SAFETY: key and value have the sizes that the kernel uses.
        let result = unsafe { libbpf_sys::bpf_map_get_next_key(fd, current.cast(), next.as_mut_ptr().cast()) };
        match result {
            0 => {}
            result if result == -libc::ENOENT => break,
            result => return Err(io::Error::from_raw_os_error(-result)),
        }
        let mut value = vec![0; geometry.value];
        // SAFETY: as above.
        let found = unsafe { libbpf_sys::bpf_map_lookup_elem(fd, next.as_ptr().cast(), value.as_mut_ptr().cast()) };
        if found == 0 && seen.insert(next.clone()) {
            entries.push((next.clone(), value));
        }
        key = Some(next);
    }
    Ok(entries)
}
