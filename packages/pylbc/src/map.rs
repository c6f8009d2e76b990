//! A map as bytes: keys and values of the size that the kernel expects.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::sync::atomic::AtomicPtr;

use libbpf_rs::libbpf_sys;
use libbpf_rs::{MapCore, MapHandle, MapType};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyType};
use rlbc::arena;

use crate::error::Failure;
use crate::link::Link;
use crate::map_walk::{Entries, walk, walk_batches};
use crate::memory::{Memory, Section, WritePolicy};
use crate::object::{Inner, Object};
use crate::structure::StructClass;

#[pyclass(frozen, module = "pylbc._native")]
#[derive(Debug)]
pub struct Map {
    source: Source,
    name: String,
}

/// Where a map comes from.
#[derive(Debug)]
enum Source {
    Object(Py<Object>),
    /// From a pin: it is in the kernel already, whatever becomes of any object.
    Pin(MapHandle),
}

impl Map {
    pub fn new(object: Py<Object>, name: String) -> Self {
        Self { source: Source::Object(object), name }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The object that has it, for what only such a map can do.
    pub fn object(&self) -> Result<&Object, Failure> {
        match &self.source {
            Source::Object(object) => Ok(object.get()),
            Source::Pin(_) => Err(Failure::new("already-loaded", self.what("it comes from a pin"))),
        }
    }

    pub fn pointer(&self) -> Result<*mut libbpf_sys::bpf_map, Failure> {
        Ok(self.object()?.map_pointer(&self.name)?.as_ptr())
    }

    pub fn what(&self, operation: &str) -> String {
        format!("map {}: {operation}", self.name)
    }

    fn loaded_fd(&self) -> Result<i32, Failure> {
        if let Source::Pin(handle) = &self.source {
            return Ok(handle.as_fd().as_raw_fd());
        }
        self.object()?.lifecycle.require_loaded(format!("map {}", self.name))?;
        let map = self.pointer()?;
        // SAFETY: the object is loaded, and it is closed by a holder of the GIL only, as we are.
        Ok(unsafe { libbpf_sys::bpf_map__fd(map) })
    }

    /// A handle of its own, which outlives the object.
    pub fn handle(&self) -> Result<MapHandle, Failure> {
        let failed = |error: libbpf_rs::Error| Failure::libbpf("map-failed", self.what("open"), &error);
        let object = match &self.source {
            Source::Pin(handle) => return MapHandle::try_from(handle).map_err(failed),
            Source::Object(object) => object.get(),
        };
        object.lifecycle.require_loaded(format!("map {}", self.name))?;
        let Inner::Loaded(object) = &*object.inner() else {
            return Err(Failure::new("closed", self.what("the object is closed")));
        };
        let map = object.maps().find(|map| map.name() == self.name.as_str());
        let map = map.ok_or_else(|| Failure::new("no-such-map", format!("the object has no map {}", self.name)))?;
        MapHandle::try_from(&map).map_err(failed)
    }

    fn kind(&self) -> Result<MapType, Failure> {
        match &self.source {
            Source::Pin(handle) => Ok(handle.map_type()),
            // SAFETY: the map lives as long as the object, which is closed by holders of the GIL only.
            Source::Object(_) => Ok(unsafe { libbpf_sys::bpf_map__type(self.pointer()?) }.into()),
        }
    }

    fn sizes(&self) -> Result<(u32, u32), Failure> {
        if let Source::Pin(handle) = &self.source {
            return Ok((handle.key_size(), handle.value_size()));
        }
        let map = self.pointer()?;
        // SAFETY: as in `kind`.
        Ok(unsafe { (libbpf_sys::bpf_map__key_size(map), libbpf_sys::bpf_map__value_size(map)) })
    }

    fn geometry(&self) -> PyResult<Geometry> {
        let (kind, (key, value)) = (self.kind()?, self.sizes()?);
        let value = if kind.is_percpu() {
            value.next_multiple_of(8) as usize * crate::possible_cpus()?
        } else {
            value as usize
        };
        Ok(Geometry { key: key as usize, value, kind })
    }

    fn check(&self, what: &str, given: usize, wanted: usize) -> PyResult<()> {
        if given == wanted {
            return Ok(());
        }
        Err(PyValueError::new_err(format!("map {}: {what} of {given} bytes, {wanted} expected", self.name)))
    }

    fn walked<'py>(
        &self,
        py: Python<'py>,
        operation: &str,
        walk: impl FnOnce(&OwnedFd, Geometry, usize) -> io::Result<Entries> + Send,
    ) -> PyResult<Bound<'py, PyList>> {
        let (fd, geometry) = (self.loaded_fd()?, self.geometry()?);
        let limit = self.max_entries()? as usize;
        // SAFETY: the descriptor is open while we hold the GIL; the walk needs one that stays so without it.
        let own = unsafe { BorrowedFd::borrow_raw(fd) }.try_clone_to_owned()?;
        let walked = py.detach(|| walk(&own, geometry, limit));
        let entries = walked.map_err(|error| Failure::os("map-failed", self.what(operation), &error))?;
        PyList::new(py, entries.iter().map(|(key, value)| (PyBytes::new(py, key), PyBytes::new(py, value))))
    }

    /// How many keys there are, end to end.
    fn count(&self, keys: &[u8], geometry: Geometry) -> PyResult<u32> {
        let count = keys.len() / geometry.key.max(1);
        self.check("keys", keys.len(), geometry.key * count)?;
        u32::try_from(count).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    pub fn outcome(&self, operation: &str, result: i32) -> Result<bool, Failure> {
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
pub struct Geometry {
    pub key: usize,
    pub value: usize,
    pub kind: MapType,
}

#[pymethods]
impl Map {
    /// The map that is pinned under a path; `like` is the one that it is used instead of, whose sizes it must have.
    #[staticmethod]
    fn from_pin(path: PathBuf, like: &Map) -> PyResult<Self> {
        let failed = |error: libbpf_rs::Error| Failure::libbpf("pin-failed", like.what("open a pin"), &error);
        let handle = MapHandle::from_pinned_path(&path).map_err(failed)?;
        let (kind, sizes) = (handle.map_type(), (handle.key_size(), handle.value_size()));
        if kind != like.kind()? || sizes != like.sizes()? {
            let message = format!("{}: it is a {kind:?} of {sizes:?} bytes", like.what(&path.display().to_string()));
            return Err(Failure::new("wrong-object", message).into());
        }
        Ok(Self { source: Source::Pin(handle), name: like.name.clone() })
    }

    /// `enum bpf_map_type` of include/uapi/linux/bpf.h.
    #[getter]
    fn type_number(&self) -> PyResult<u32> {
        Ok(self.kind()?.into())
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
    pub fn max_entries(&self) -> PyResult<u32> {
        match &self.source {
            Source::Pin(handle) => Ok(handle.max_entries()),
            // SAFETY: as in `kind`.
            Source::Object(_) => Ok(unsafe { libbpf_sys::bpf_map__max_entries(self.pointer()?) }),
        }
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
        self.walked(py, "walk", walk)
    }

    /// The same, each deleted in the step that reads it (hash tables, Linux 5.6).
    fn drain<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let take = libbpf_sys::bpf_map_lookup_and_delete_batch;
        self.walked(py, "drain", |fd, geometry, limit| walk_batches(fd, geometry, limit, take))
    }

    /// Sets many entries in one system call (Linux 5.6): keys and values end to end. The number that were set.
    fn update_batch(&self, keys: &[u8], values: &[u8]) -> PyResult<u32> {
        let (fd, geometry) = (self.loaded_fd()?, self.geometry()?);
        let mut count = self.count(keys, geometry)?;
        self.check("values", values.len(), geometry.value * count as usize)?;
        let options = batch_options();
        // SAFETY: both buffers have the size that `count` entries take.
        let result = unsafe {
            libbpf_sys::bpf_map_update_batch(
                fd,
                keys.as_ptr().cast(),
                values.as_ptr().cast(),
                &raw mut count,
                &raw const options,
            )
        };
        self.outcome("update a batch", result)?;
        Ok(count)
    }

    /// Deletes many entries in one system call (Linux 5.6), up to the first that is not there. The number that were deleted.
    fn delete_batch(&self, keys: &[u8]) -> PyResult<u32> {
        let (fd, geometry) = (self.loaded_fd()?, self.geometry()?);
        let mut count = self.count(keys, geometry)?;
        let options = batch_options();
        // SAFETY: the buffer has the size that `count` keys take.
        let result =
            unsafe { libbpf_sys::bpf_map_delete_batch(fd, keys.as_ptr().cast(), &raw mut count, &raw const options) };
        self.outcome("delete a batch", result)?;
        Ok(count)
    }

    /// Lets no system call change the map any more; programs still may.
    fn freeze(&self) -> PyResult<()> {
        let fd = self.loaded_fd()?;
        // SAFETY: the call takes no pointer.
        let result = unsafe { libbpf_sys::bpf_map_freeze(fd) };
        self.outcome("freeze", result)?;
        Ok(())
    }

    /// Number of the map in the kernel, as `bpftool map` shows it.
    #[getter]
    fn id(&self) -> PyResult<u32> {
        let info = self.handle()?.info();
        Ok(info.map_err(|error| Failure::libbpf("map-failed", self.what("id"), &error))?.info.id)
    }

    /// Registers the struct_ops that the map holds with the kernel.
    fn attach_struct_ops(&self) -> PyResult<Link> {
        self.object()?.lifecycle.require_loaded(&self.name)?;
        let map = self.pointer()?;
        // SAFETY: the object is loaded, and it is closed by a holder of the GIL only, as we are.
        let link = NonNull::new(unsafe { libbpf_sys::bpf_map__attach_struct_ops(map) });
        let link =
            link.ok_or_else(|| Failure::os("attach-failed", self.what("attach"), &io::Error::last_os_error()))?;
        // SAFETY: a fresh link that nobody else owns.
        Ok(Link::new(unsafe { libbpf_rs::Link::from_ptr(link) }))
    }

    /// The value of `class` in an arena that a pointer of a program leads to, in place; None for any other place.
    fn in_arena<'py>(&self, class: &Bound<'py, PyType>, address: u64) -> PyResult<Option<Bound<'py, PyAny>>> {
        let object = self.object()?;
        object.lifecycle.require_loaded(self.what("arena"))?;
        let Some((start, size)) = arena::memory(object.map_pointer(&self.name)?) else {
            return Err(Failure::new("wrong-object", self.what("it is no arena")).into());
        };
        let length = class.getattr("SIZE")?.extract::<usize>()?;
        let offset = address.checked_sub(start.as_ptr() as u64).and_then(|offset| usize::try_from(offset).ok());
        let Some(offset) = offset.filter(|&offset| offset.checked_add(length).is_some_and(|end| end <= size)) else {
            return Ok(None);
        };
        let memory = Section {
            name: self.name.clone(),
            policy: WritePolicy::Always,
            lifecycle: object.lifecycle.clone(),
            data: AtomicPtr::new(start.as_ptr()),
            size,
        };
        Ok(Some(StructClass::of(class)?.view(class.py(), Memory::Section(Arc::new(memory)), offset, length)?))
    }

    /// Keeps the map under a path of the BPF file system when the object is closed.
    fn pin(&self, path: PathBuf) -> PyResult<()> {
        let mut handle = self.handle()?;
        Ok(handle.pin(path).map_err(|error| Failure::libbpf("pin-failed", self.what("pin"), &error))?)
    }

    /// Takes the pin away; the map lives on as long as somebody has it.
    fn unpin(&self, path: PathBuf) -> PyResult<()> {
        let mut handle = self.handle()?;
        Ok(handle.unpin(path).map_err(|error| Failure::libbpf("pin-failed", self.what("unpin"), &error))?)
    }
}

fn batch_options() -> libbpf_sys::bpf_map_batch_opts {
    let sz = size_of::<libbpf_sys::bpf_map_batch_opts>() as _;
    libbpf_sys::bpf_map_batch_opts { sz, ..Default::default() }
}
