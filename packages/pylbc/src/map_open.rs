//! What can be decided about a map before it is created.

use std::ffi::{CStr, CString, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::ptr;

use libbpf_rs::libbpf_sys;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::map::Map;

/// Settings of a map that count until load().
#[pyclass(frozen, module = "pylbc._native")]
#[derive(Debug)]
pub struct MapSettings(pub Map);

impl MapSettings {
    /// Calls libbpf for a map that does not exist yet.
    fn decide(&self, what: &str, decide: impl FnOnce(*mut libbpf_sys::bpf_map) -> i32) -> PyResult<()> {
        let Self(map) = self;
        map.object()?.lifecycle.require_open(map.what(what))?;
        map.outcome(what, decide(map.pointer()?))?;
        Ok(())
    }
}

#[pymethods]
impl MapSettings {
    #[getter]
    fn max_entries(&self) -> PyResult<u32> {
        self.0.max_entries()
    }

    #[setter]
    fn set_max_entries(&self, entries: u32) -> PyResult<()> {
        // SAFETY: the map lives as long as the object, which is closed by holders of the GIL only.
        self.decide("max_entries", |map| unsafe { libbpf_sys::bpf_map__set_max_entries(map, entries) })
    }

    /// `BPF_F_*` bits of include/uapi/linux/bpf.h.
    #[getter]
    fn flags(&self) -> PyResult<u32> {
        // SAFETY: as above.
        Ok(unsafe { libbpf_sys::bpf_map__map_flags(self.0.pointer()?) })
    }

    #[setter]
    fn set_flags(&self, flags: u32) -> PyResult<()> {
        // SAFETY: as above.
        self.decide("flags", |map| unsafe { libbpf_sys::bpf_map__set_map_flags(map, flags) })
    }

    #[getter]
    fn numa_node(&self) -> PyResult<u32> {
        // SAFETY: as above.
        Ok(unsafe { libbpf_sys::bpf_map__numa_node(self.0.pointer()?) })
    }

    #[setter]
    fn set_numa_node(&self, node: u32) -> PyResult<()> {
        // SAFETY: as above.
        self.decide("numa_node", |map| unsafe { libbpf_sys::bpf_map__set_numa_node(map, node) })
    }

    /// Whether load() makes it.
    #[getter]
    fn autocreate(&self) -> PyResult<bool> {
        // SAFETY: as above.
        Ok(unsafe { libbpf_sys::bpf_map__autocreate(self.0.pointer()?) })
    }

    #[setter]
    fn set_autocreate(&self, autocreate: bool) -> PyResult<()> {
        // SAFETY: as above.
        self.decide("autocreate", |map| unsafe { libbpf_sys::bpf_map__set_autocreate(map, autocreate) })
    }

    /// Where load() pins it, or takes it from if it is there; None for nowhere.
    #[getter]
    fn pin_path(&self) -> PyResult<Option<PathBuf>> {
        let map = self.0.pointer()?;
        // SAFETY: as above; the text, where there is one, belongs to the map and is copied.
        let path = unsafe { libbpf_sys::bpf_map__pin_path(map).as_ref().map(|path| CStr::from_ptr(path)) };
        Ok(path.map(|path| OsString::from_vec(path.to_bytes().to_vec()).into()))
    }

    #[setter]
    fn set_pin_path(&self, path: Option<PathBuf>) -> PyResult<()> {
        let path = path.map(|path| CString::new(path.as_os_str().as_bytes())).transpose();
        let path = path.map_err(|error| PyValueError::new_err(error.to_string()))?;
        let path = path.as_ref().map_or(ptr::null(), |path| path.as_ptr());
        // SAFETY: as above; libbpf copies the text.
        self.decide("pin_path", |map| unsafe { libbpf_sys::bpf_map__set_pin_path(map, path) })
    }

    /// Has the object use a map that exists, by a descriptor that the caller keeps.
    fn reuse(&self, fd: i32) -> PyResult<()> {
        // SAFETY: as above; libbpf duplicates the descriptor.
        self.decide("reuse", |map| unsafe { libbpf_sys::bpf_map__reuse_fd(map, fd) })
    }

    /// Sets the template of the maps in this one, by a descriptor that the caller keeps until load().
    fn set_inner(&self, fd: i32) -> PyResult<()> {
        // SAFETY: as above.
        self.decide("inner map", |map| unsafe { libbpf_sys::bpf_map__set_inner_map_fd(map, fd) })
    }
}
