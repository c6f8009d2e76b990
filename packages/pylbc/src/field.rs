//! The descriptor of one struct or union member.

use std::sync::OnceLock;

use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::prelude::*;

use crate::codec::{Codec, Kind, enum_member};
use crate::number::BitPlace;
use crate::structure::{Place, Struct};

/// Where in its unit a bit-field is.
#[derive(Clone, Copy, Debug)]
pub struct BitRange {
    bytes: usize,
    shift: u32,
    size: u32,
}

impl BitRange {
    pub fn new(kind: &Kind, bytes: usize, shift: u32, size: u32) -> PyResult<Self> {
        if !matches!(kind, Kind::Int { .. } | Kind::Bool | Kind::Enum { .. }) {
            return Err(PyTypeError::new_err("a bit-field is an integer, a bool or an enum"));
        }
        BitPlace::check(bytes, shift, size)?;
        Ok(Self { bytes, shift, size })
    }
}

/// A member of a struct or union: reads and writes the bytes of the instance that it is looked up on.
#[pyclass(frozen, module = "pylbc._native")]
#[derive(Debug)]
pub struct Field {
    #[pyo3(get)]
    codec: Py<Codec>,
    /// In bytes, from the start of the struct; of the unit for a bit-field.
    #[pyo3(get)]
    offset: usize,
    range: Option<BitRange>,
    name: OnceLock<String>,
}

impl Field {
    pub fn new(codec: Py<Codec>, offset: usize, range: Option<BitRange>) -> Self {
        Self { codec, offset, range, name: OnceLock::new() }
    }

    fn bit_place(&self, place: &Place, range: BitRange) -> BitPlace {
        BitPlace {
            offset: place.at + self.offset,
            bytes: range.bytes,
            shift: range.shift,
            size: range.size,
            big: self.codec.get().big,
        }
    }

    fn read_bits<'py>(&self, py: Python<'py>, place: &Place, range: BitRange) -> PyResult<Bound<'py, PyAny>> {
        let bits = self.bit_place(place, range);
        match &self.codec.get().kind {
            Kind::Enum { signed, class, members } => {
                enum_member(class.bind(py), members.bind(py), bits.read(py, &place.memory, *signed)?)
            }
            Kind::Bool => {
                Ok(bits.read(py, &place.memory, false)?.is_truthy()?.into_pyobject(py)?.to_owned().into_any())
            }
            kind => bits.read(py, &place.memory, matches!(kind, Kind::Int { signed: true })),
        }
    }

    fn write_bits(&self, place: &Place, range: BitRange, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let signed = matches!(self.codec.get().kind, Kind::Int { signed: true } | Kind::Enum { signed: true, .. });
        self.bit_place(place, range).write(&place.memory, signed, value)
    }

    fn named(&self, py: Python<'_>, error: PyErr) -> PyErr {
        let Some(name) = self.name.get() else { return error };
        let kind = error.get_type(py);
        // Only the built-in errors of a value are told the member's name: their constructors take one string.
        if kind.is(py.get_type::<pyo3::exceptions::PyOverflowError>())
            || kind.is(py.get_type::<pyo3::exceptions::PyValueError>())
            || kind.is(py.get_type::<PyTypeError>())
        {
            return PyErr::from_type(kind, format!("{name}: {}", error.value(py)));
        }
        error
    }
}

#[pymethods]
impl Field {
    fn __set_name__(&self, owner: &Bound<'_, PyAny>, name: &str) -> PyResult<()> {
        let owner = owner.getattr("__name__")?;
        self.name.get_or_init(|| format!("{owner}.{name}"));
        Ok(())
    }

    fn __get__<'py>(
        slf: &Bound<'py, Self>,
        instance: Option<&Bound<'py, PyAny>>,
        _owner: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Some(instance) = instance else {
            return Ok(slf.clone().into_any());
        };
        let (field, place) = (slf.get(), instance.cast::<Struct>()?.get().place()?);
        match field.range {
            None => field.codec.get().read(slf.py(), &place.memory, place.at + field.offset),
            Some(range) => field.read_bits(slf.py(), place, range),
        }
    }

    fn __set__(&self, instance: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let place = instance.cast::<Struct>()?.get().place()?;
        let written = match self.range {
            None => self.codec.get().write(&place.memory, place.at + self.offset, value),
            Some(range) => self.write_bits(place, range, value),
        };
        written.map_err(|error| self.named(instance.py(), error))
    }

    fn __delete__(&self, _instance: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(PyAttributeError::new_err("a C member cannot be deleted"))
    }

    /// How many bytes it takes; of the unit for a bit-field.
    #[getter]
    fn size(&self) -> usize {
        self.range.map_or(self.codec.get().size, |range| range.bytes)
    }

    /// (shift, size) of a bit-field in the number that its unit makes, None for other members.
    #[getter]
    fn bit_range(&self) -> Option<(u32, u32)> {
        self.range.map(|range| (range.shift, range.size))
    }
}
