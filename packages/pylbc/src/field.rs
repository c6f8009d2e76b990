//! The descriptor of one struct or union member.

use std::ffi::c_void;
use std::ptr;
use std::sync::OnceLock;

use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use crate::codec::{Codec, Kind, enum_member};
use crate::number::BitPlace;
use crate::structure::{self, Place};

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

/// A member of a struct or union: reads and writes the bytes of the instance that it is looked up on. What Python has is its subclass,
/// see `field_type`.
#[pyclass(frozen, subclass, module = "pylbc._native")]
#[derive(Debug)]
pub struct FieldBase {
    #[pyo3(get)]
    codec: Py<Codec>,
    /// In bytes, from the start of the struct; of the unit for a bit-field.
    #[pyo3(get)]
    offset: usize,
    range: Option<BitRange>,
    name: OnceLock<String>,
}

static TYPE: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// `pylbc._native.Field`: reading a member is what programs do most, so the slot for it is given to Python as it is, without
/// the guards that PyO3 puts around a method.
pub fn field_type(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    TYPE.get_or_try_init(py, || {
        let mut slots =
            [ffi::PyType_Slot { slot: ffi::Py_tp_descr_get, pfunc: get as *mut c_void }, ffi::PyType_Slot::default()];
        let mut spec = ffi::PyType_Spec {
            name: c"pylbc._native.Field".as_ptr(),
            basicsize: 0,
            itemsize: 0,
            flags: ffi::Py_TPFLAGS_DEFAULT as u32,
            slots: slots.as_mut_ptr(),
        };
        let base = py.get_type::<FieldBase>();
        // SAFETY: Python copies the description; its name is static. The result is a new reference to a type, or null.
        unsafe {
            let class = ffi::PyType_FromSpecWithBases(&raw mut spec, base.as_ptr());
            Ok(Bound::from_owned_ptr_or_err(py, class)?.cast_into_unchecked().unbind())
        }
    })
    .map(|class| class.bind(py))
}

/// The member of a type at a byte offset; `range` is size of the unit in bytes, shift and size in bits of a bit-field.
pub fn make<'py>(
    codec: Bound<'py, Codec>,
    offset: usize,
    range: Option<(usize, u32, u32)>,
) -> PyResult<Bound<'py, PyAny>> {
    field_type(codec.py())?.call1((codec, offset, range))
}

/// `__get__`: the value in `instance`, or the member itself where it is looked up on the class.
unsafe extern "C" fn get(
    field: *mut ffi::PyObject,
    instance: *mut ffi::PyObject,
    _owner: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: Python calls it attached, with a `Field` and an object or null, which live during the call.
    let (py, field, instance) = unsafe {
        let py = Python::assume_attached();
        let field = Borrowed::from_ptr(py, field).cast_unchecked::<FieldBase>();
        (py, field, Borrowed::from_ptr_or_opt(py, instance))
    };
    let value = match instance {
        Some(instance) => field.get().read(&instance),
        None => Ok(field.to_owned().into_any()),
    };
    value.map_or_else(
        |error| {
            error.restore(py);
            ptr::null_mut()
        },
        Bound::into_ptr,
    )
}

impl FieldBase {
    fn read<'py>(&self, instance: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let place = structure::place(instance)?;
        match self.range {
            None => self.codec.get().read(instance.py(), &place.memory, place.at + self.offset),
            Some(range) => self.read_bits(instance.py(), place, range),
        }
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
impl FieldBase {
    #[new]
    #[pyo3(signature = (codec, offset, range=None))]
    fn new(codec: Py<Codec>, offset: usize, range: Option<(usize, u32, u32)>) -> PyResult<Self> {
        let kind = &codec.get().kind;
        let range = range.map(|(bytes, shift, size)| BitRange::new(kind, bytes, shift, size)).transpose()?;
        Ok(Self { codec, offset, range, name: OnceLock::new() })
    }

    fn __set_name__(&self, owner: &Bound<'_, PyAny>, name: &str) -> PyResult<()> {
        let owner = owner.getattr("__name__")?;
        self.name.get_or_init(|| format!("{owner}.{name}"));
        Ok(())
    }

    fn __set__(&self, instance: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let place = structure::place(instance)?;
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
