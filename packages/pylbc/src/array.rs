//! A C array in place: a sequence of fixed length whose elements are read and written where they are.

use pyo3::basic::CompareOp;
use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PySlice};

use crate::codec::Codec;
use crate::memory::Memory;

#[pyclass(frozen, sequence, module = "pylbc._native")]
#[derive(Debug)]
pub struct Array {
    element: Py<Codec>,
    memory: Memory,
    at: usize,
    length: usize,
}

impl Array {
    pub fn new(element: Py<Codec>, memory: Memory, at: usize, length: usize) -> Self {
        Self { element, memory, at, length }
    }

    fn read<'py>(&self, py: Python<'py>, index: usize) -> PyResult<Bound<'py, PyAny>> {
        let element = self.element.get();
        element.read(py, &self.memory, self.at + index * element.size)
    }

    fn position(&self, index: isize) -> PyResult<usize> {
        let position = if index < 0 { index + self.length as isize } else { index };
        usize::try_from(position)
            .ok()
            .filter(|&position| position < self.length)
            .ok_or_else(|| PyIndexError::new_err(format!("index {index} in an array of {}", self.length)))
    }
}

#[pymethods]
impl Array {
    fn __len__(&self) -> usize {
        self.length
    }

    fn __getitem__<'py>(&self, py: Python<'py>, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        if let Ok(slice) = index.cast::<PySlice>() {
            return self.tolist(py)?.get_item(slice);
        }
        self.read(py, self.position(index.extract()?)?)
    }

    fn __setitem__(&self, index: isize, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let element = self.element.get();
        element.write(&self.memory, self.at + self.position(index)? * element.size, value)
    }

    fn __delitem__(&self, _index: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(PyTypeError::new_err("a C array has a fixed length"))
    }

    fn insert(&self, _index: isize, _value: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(PyTypeError::new_err("a C array has a fixed length"))
    }

    /// A copy as a list; of structs, the elements are still views.
    fn tolist<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let values = PyList::empty(py);
        for index in 0..self.length {
            values.append(self.read(py, index)?)?;
        }
        Ok(values.into_any())
    }

    fn __richcmp__<'py>(&self, other: &Bound<'py, PyAny>, op: CompareOp) -> PyResult<Bound<'py, PyAny>> {
        let py = other.py();
        let equal = matches!(op, CompareOp::Eq);
        if !equal && !matches!(op, CompareOp::Ne) || other.len().is_err() {
            return Ok(py.NotImplemented().into_bound(py));
        }
        let others = PyList::new(py, other.try_iter()?.collect::<PyResult<Vec<_>>>()?)?;
        let same = self.tolist(py)?.eq(others)?;
        Ok((same == equal).into_pyobject(py)?.to_owned().into_any())
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.tolist(py)?.repr()?.to_string())
    }
}
