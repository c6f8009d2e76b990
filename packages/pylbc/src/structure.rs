//! Structs, unions and sections: an instance is a place in memory, its fields read and write there.

use std::mem;
use std::ptr;
use std::sync::OnceLock;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple, PyType};

use crate::memory::Memory;

/// Where the bytes of an instance are.
#[derive(Debug)]
pub struct Place {
    pub memory: Memory,
    pub at: usize,
    /// How many bytes arrived: of an event it may be fewer or more than the size of its type.
    pub received: usize,
}

/// Base of every generated struct, union and section.
#[pyclass(frozen, subclass, module = "pylbc._native")]
#[derive(Debug)]
pub struct Struct {
    /// Set once: by `_allocate` for a value that Python makes, by `view` for one that is read.
    place: OnceLock<Place>,
}

impl Struct {
    pub fn place(&self) -> PyResult<&Place> {
        self.place
            .get()
            .ok_or_else(|| PyTypeError::new_err("the struct has no memory: super().__init__() was not called"))
    }

    /// The first `size` bytes.
    pub fn bytes(&self, size: usize) -> PyResult<Vec<u8>> {
        let place = self.place()?;
        place.memory.bytes(place.at, size)
    }
}

/// An instance of `class` on bytes that are there already; `__init__` is not called.
pub fn view<'py>(
    class: &Bound<'py, PyType>,
    memory: Memory,
    at: usize,
    received: usize,
) -> PyResult<Bound<'py, PyAny>> {
    let py = class.py();
    let arguments = PyTuple::empty(py);
    // SAFETY: every type has `tp_new`; it gets the class, an empty tuple and no keywords, and returns a new reference or null.
    let instance = unsafe {
        let create: ffi::newfunc = mem::transmute(ffi::PyType_GetSlot(class.as_type_ptr(), ffi::Py_tp_new));
        Bound::from_owned_ptr_or_err(py, create(class.as_type_ptr(), arguments.as_ptr(), ptr::null_mut()))?
    };
    let place = Place { memory, at, received };
    instance
        .cast::<Struct>()?
        .get()
        .place
        .set(place)
        .map_err(|_| PyTypeError::new_err("the class makes its own memory in __new__"))?;
    Ok(instance)
}

#[pymethods]
impl Struct {
    #[new]
    #[pyo3(signature = (**_fields))]
    fn new(_fields: Option<&Bound<'_, PyAny>>) -> Self {
        Self { place: OnceLock::new() }
    }

    /// Gives a value that Python makes its zeroed memory.
    fn _allocate(&self, size: usize) -> PyResult<()> {
        let place = Place { memory: Memory::zeroed(size), at: 0, received: size };
        self.place.set(place).map_err(|_| PyTypeError::new_err("__init__ was called twice"))
    }

    #[classmethod]
    fn from_bytes<'py>(class: &Bound<'py, PyType>, data: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        let size = class.getattr("SIZE")?.extract::<usize>()?;
        if data.len() < size {
            let name = class.name()?;
            return Err(PyValueError::new_err(format!("{name}: {} bytes, {size} expected", data.len())));
        }
        view(class, Memory::copied(data, size), 0, data.len())
    }

    fn _bytes<'py>(&self, py: Python<'py>, offset: usize, size: usize) -> PyResult<Bound<'py, PyBytes>> {
        let place = self.place()?;
        Ok(PyBytes::new(py, &place.memory.bytes(place.at + offset, size)?))
    }

    #[getter]
    fn _received(&self) -> PyResult<usize> {
        Ok(self.place()?.received)
    }
}
