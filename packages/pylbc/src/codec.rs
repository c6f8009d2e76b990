//! One C type each: how its bytes become a Python value and back, for one byte order.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyList, PyString, PyType};

use crate::array::Array;
use crate::field;
use crate::memory::Memory;
use crate::number;
use crate::structure::{self, StructClass};

#[derive(Debug)]
pub enum Kind {
    Int {
        signed: bool,
    },
    Bool,
    Float,
    /// A C string: up to the first zero byte, UTF-8, other bytes as surrogates (as `os.fsdecode` does).
    Text,
    Bytes,
    Enum {
        signed: bool,
        class: Py<PyType>,
        members: Py<PyDict>,
    },
    Struct {
        class: StructClass,
    },
    Array {
        element: Py<Codec>,
        length: usize,
    },
    /// One value for each possible CPU, each at a multiple of 8 bytes.
    PerCpu {
        element: Py<Codec>,
    },
}

/// A C type of known size and byte order.
#[pyclass(frozen, module = "pylbc._native")]
#[derive(Debug)]
pub struct Codec {
    pub kind: Kind,
    /// In bytes; 0 for a flexible array member.
    #[pyo3(get)]
    pub size: usize,
    /// Whether its bytes are in big-endian order.
    #[pyo3(get)]
    pub big: bool,
    /// Whether it reaches to the end of the memory that holds it.
    #[pyo3(get)]
    pub flexible: bool,
}

impl Codec {
    fn of(kind: Kind, size: usize, big: bool) -> Self {
        Self { kind, size, big, flexible: false }
    }

    /// How many bytes it takes at `at`.
    fn extent(&self, memory: &Memory, at: usize) -> usize {
        if self.flexible { memory.received().saturating_sub(at) } else { self.size }
    }

    #[inline]
    pub fn read<'py>(&self, py: Python<'py>, memory: &Memory, at: usize) -> PyResult<Bound<'py, PyAny>> {
        match self.kind {
            Kind::Int { signed } => number::read_int(py, memory, at, self.size, signed, self.big),
            _ => self.read_other(py, memory, at),
        }
    }

    /// The value of a whole record: a struct knows how many bytes of it arrived.
    pub fn read_record<'py>(&self, py: Python<'py>, memory: Memory) -> PyResult<Bound<'py, PyAny>> {
        match &self.kind {
            Kind::Struct { class } => {
                let received = memory.received();
                class.view(py, memory, 0, received)
            }
            _ => self.read(py, &memory, 0),
        }
    }

    /// Apart from integers, which most members are, so that those are read in few steps.
    fn read_other<'py>(&self, py: Python<'py>, memory: &Memory, at: usize) -> PyResult<Bound<'py, PyAny>> {
        match &self.kind {
            Kind::Int { signed } => number::read_int(py, memory, at, self.size, *signed, self.big),
            Kind::Bool => Ok((memory.word(at, self.size)? != 0).into_pyobject(py)?.to_owned().into_any()),
            Kind::Float => number::read_float(py, memory, at, self.size, self.big),
            Kind::Text => read_text(py, &memory.bytes(at, self.extent(memory, at))?),
            Kind::Bytes => Ok(PyBytes::new(py, &memory.bytes(at, self.extent(memory, at))?).into_any()),
            Kind::Enum { signed, class, members } => {
                let number = number::read_int(py, memory, at, self.size, *signed, self.big)?;
                enum_member(class.bind(py), members.bind(py), number)
            }
            Kind::Struct { class } => class.view(py, memory.clone(), at, self.size),
            Kind::Array { element, length } => {
                let length = if self.flexible { self.elements(py, memory, at) } else { *length };
                Ok(Bound::new(py, Array::new(element.clone_ref(py), memory.clone(), at, length))?.into_any())
            }
            Kind::PerCpu { element } => read_per_cpu(py, element.get(), memory),
        }
    }

    pub fn write(&self, memory: &Memory, at: usize, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = value.py();
        match &self.kind {
            Kind::Int { signed } | Kind::Enum { signed, .. } => {
                number::write_int(memory, at, self.size, *signed, self.big, value)
            }
            Kind::Bool => memory.set_word(
                at,
                self.size,
                number::ordered(u64::from(value.extract::<bool>()?), self.size, self.big),
            ),
            Kind::Float => number::write_float(memory, at, self.size, self.big, value),
            Kind::Text => write_text(memory, at, self.extent(memory, at), value),
            Kind::Bytes => write_bytes(memory, at, self.extent(memory, at), value),
            Kind::Struct { class } => {
                if !value.is_instance(class.bind(py))? {
                    let name = class.bind(py).name()?;
                    return Err(PyTypeError::new_err(format!("{name} expected, got {}", value.get_type().name()?)));
                }
                let place = structure::place(value)?;
                memory.write(at, &place.memory.bytes(place.at, self.size)?)
            }
            Kind::Array { element, length } => {
                let length = if self.flexible { self.elements(py, memory, at) } else { *length };
                write_sequence(memory, at, element.get(), element.get().size, length, value)
            }
            Kind::PerCpu { element } => {
                let stride = per_cpu_stride(element.get().size);
                write_sequence(memory, at, element.get(), stride, memory.size() / stride, value)
            }
        }
    }

    fn elements(&self, py: Python<'_>, memory: &Memory, at: usize) -> usize {
        match &self.kind {
            Kind::Array { element, .. } => self.extent(memory, at) / element.bind(py).get().size.max(1),
            _ => 0,
        }
    }
}

#[pymethods]
impl Codec {
    #[staticmethod]
    fn integer(size: usize, signed: bool, big: bool) -> PyResult<Self> {
        if !matches!(size, 1 | 2 | 4 | 8 | 16) {
            return Err(PyValueError::new_err(format!("no integer has {size} bytes")));
        }
        Ok(Self::of(Kind::Int { signed }, size, big))
    }

    #[staticmethod]
    fn boolean(size: usize, big: bool) -> PyResult<Self> {
        if !matches!(size, 1 | 2 | 4 | 8) {
            return Err(PyValueError::new_err(format!("no bool has {size} bytes")));
        }
        Ok(Self::of(Kind::Bool, size, big))
    }

    #[staticmethod]
    fn floating(size: usize, big: bool) -> PyResult<Self> {
        if !matches!(size, 2 | 4 | 8) {
            return Err(PyValueError::new_err(format!("Python has no float of {size} bytes")));
        }
        Ok(Self::of(Kind::Float, size, big))
    }

    #[staticmethod]
    fn text(size: usize) -> Self {
        Self::of(Kind::Text, size, false)
    }

    #[staticmethod]
    fn raw(size: usize) -> Self {
        Self::of(Kind::Bytes, size, false)
    }

    #[staticmethod]
    fn enumeration(class: Bound<'_, PyType>, storage: &Self) -> PyResult<Self> {
        let Kind::Int { signed } = storage.kind else {
            return Err(PyTypeError::new_err("an enum is stored in an integer"));
        };
        let members = class.getattr("_value2member_map_")?.cast_into::<PyDict>()?.unbind();
        let kind = Kind::Enum { signed, class: class.unbind(), members };
        Ok(Self::of(kind, storage.size, storage.big))
    }

    #[staticmethod]
    fn structure(class: Bound<'_, PyType>, big: bool) -> PyResult<Self> {
        let kind = Kind::Struct { class: StructClass::of(&class)? };
        Ok(Self::of(kind, class.getattr("SIZE")?.extract()?, big))
    }

    #[staticmethod]
    fn array(element: Bound<'_, Self>, length: usize) -> PyResult<Self> {
        let (size, big) = (element.get().size, element.get().big);
        let total = size.checked_mul(length).ok_or_else(|| PyValueError::new_err("the array is too long"))?;
        Ok(Self::of(Kind::Array { element: element.unbind(), length }, total, big))
    }

    #[staticmethod]
    fn per_cpu(element: Bound<'_, Self>) -> PyResult<Self> {
        let (stride, big) = (per_cpu_stride(element.get().size), element.get().big);
        Ok(Self::of(Kind::PerCpu { element: element.unbind() }, stride, big))
    }

    /// The same array or string, reaching to the end of the memory that holds it.
    fn to_the_end(&self, py: Python<'_>) -> PyResult<Self> {
        let kind = match &self.kind {
            Kind::Text => Kind::Text,
            Kind::Bytes => Kind::Bytes,
            Kind::Array { element, .. } => Kind::Array { element: element.clone_ref(py), length: 0 },
            _ => return Err(PyTypeError::new_err("only an array can be flexible")),
        };
        Ok(Self { flexible: true, ..Self::of(kind, 0, self.big) })
    }

    /// The member of this type at a byte offset.
    fn at<'py>(slf: Bound<'py, Self>, offset: usize) -> PyResult<Bound<'py, PyAny>> {
        field::make(slf, offset, None)
    }

    /// The bit-field of this type: `size` bits, `shift` bits above bit 0 of the number in `bytes` bytes at `offset`.
    fn bits<'py>(
        slf: Bound<'py, Self>,
        offset: usize,
        bytes: usize,
        shift: u32,
        size: u32,
    ) -> PyResult<Bound<'py, PyAny>> {
        field::make(slf, offset, Some((bytes, shift, size)))
    }

    /// The bytes of a value.
    fn encode<'py>(&self, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let size = match &self.kind {
            Kind::PerCpu { .. } => self.size * crate::possible_cpus()?,
            _ => self.size,
        };
        let memory = Memory::zeroed(size);
        self.write(&memory, 0, value)?;
        Ok(PyBytes::new(value.py(), &memory.bytes(0, size)?))
    }

    /// The value of `data`, which is copied. ValueError where it is too short.
    fn decode<'py>(&self, py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        if data.len() < self.size {
            return Err(PyValueError::new_err(format!("{} bytes, {} expected", data.len(), self.size)));
        }
        self.read(py, &Memory::copied(data, self.size), 0)
    }

    /// The value of a record, which is copied; what is missing of it reads as zeros.
    fn decode_record<'py>(&self, py: Python<'py>, record: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        self.read_record(py, Memory::copied(record, self.size))
    }

    /// "int", "bool", "float", "text", "bytes", "enum", "struct", "array" or "per-cpu".
    #[getter]
    fn kind(&self) -> &'static str {
        match self.kind {
            Kind::Int { .. } => "int",
            Kind::Bool => "bool",
            Kind::Float => "float",
            Kind::Text => "text",
            Kind::Bytes => "bytes",
            Kind::Enum { .. } => "enum",
            Kind::Struct { .. } => "struct",
            Kind::Array { .. } => "array",
            Kind::PerCpu { .. } => "per-cpu",
        }
    }

    /// Whether numbers of this type have a sign.
    #[getter]
    fn signed(&self) -> bool {
        matches!(self.kind, Kind::Int { signed: true } | Kind::Enum { signed: true, .. })
    }

    /// The class of an enum or struct.
    #[getter]
    fn python_class(&self, py: Python<'_>) -> Option<Py<PyType>> {
        match &self.kind {
            Kind::Enum { class, .. } => Some(class.clone_ref(py)),
            Kind::Struct { class } => Some(class.bind(py).clone().unbind()),
            _ => None,
        }
    }

    /// What an array or a per-CPU value is made of.
    #[getter]
    fn element(&self, py: Python<'_>) -> Option<Py<Self>> {
        match &self.kind {
            Kind::Array { element, .. } | Kind::PerCpu { element } => Some(element.clone_ref(py)),
            _ => None,
        }
    }

    /// How many elements an array has.
    #[getter]
    fn length(&self) -> Option<usize> {
        match self.kind {
            Kind::Array { length, .. } => Some(length),
            _ => None,
        }
    }
}

/// Values of per-CPU maps are rounded up to 8 bytes. See kernel/bpf/syscall.c, `bpf_map_value_size`.
fn per_cpu_stride(size: usize) -> usize {
    size.next_multiple_of(8).max(8)
}

pub fn enum_member<'py>(
    class: &Bound<'py, PyType>,
    members: &Bound<'py, PyDict>,
    number: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    match members.get_item(&number)? {
        Some(member) => Ok(member),
        None => class.call1((number,)),
    }
}

fn read_text<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    // SAFETY: the range is inside `bytes`; the result is a new reference or null with an exception set.
    unsafe {
        let text =
            ffi::PyUnicode_DecodeUTF8(bytes.as_ptr().cast(), end as ffi::Py_ssize_t, c"surrogateescape".as_ptr());
        Bound::from_owned_ptr_or_err(py, text)
    }
}

fn write_text(memory: &Memory, at: usize, size: usize, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let bytes = if value.is_instance_of::<PyString>() {
        let encoded = value.call_method1("encode", ("utf-8", "surrogateescape"))?;
        let bytes = encoded.extract::<Vec<u8>>()?;
        if bytes.contains(&0) {
            return Err(PyValueError::new_err(
                "a C string ends at its first zero byte; give bytes to set all of the array",
            ));
        }
        bytes
    } else {
        to_bytes(value)?
    };
    if bytes.len() > size {
        return Err(PyValueError::new_err(format!("{} bytes do not fit into char[{size}]", bytes.len())));
    }
    let mut whole = vec![0; size];
    whole[..bytes.len()].copy_from_slice(&bytes);
    memory.write(at, &whole)
}

fn write_bytes(memory: &Memory, at: usize, size: usize, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let bytes = to_bytes(value)?;
    if bytes.len() != size {
        return Err(PyValueError::new_err(format!("{} bytes, {size} expected", bytes.len())));
    }
    memory.write(at, &bytes)
}

fn to_bytes(value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(bytes.as_bytes().to_vec());
    }
    if value.is_instance_of::<PyString>() || value.extract::<i64>().is_ok() {
        return Err(PyTypeError::new_err(format!("bytes expected, got {}", value.get_type().name()?)));
    }
    Ok(PyByteArray::from(value)?.to_vec())
}

fn read_per_cpu<'py>(py: Python<'py>, element: &Codec, memory: &Memory) -> PyResult<Bound<'py, PyAny>> {
    let stride = per_cpu_stride(element.size);
    let values = PyList::empty(py);
    for cpu in 0..memory.size() / stride {
        // A struct is a view of its memory: each CPU's gets a copy that does not keep the others alive.
        let own = Memory::copied(&memory.bytes(cpu * stride, element.size)?, element.size);
        values.append(element.read(py, &own, 0)?)?;
    }
    Ok(values.into_any())
}

fn write_sequence(
    memory: &Memory,
    at: usize,
    element: &Codec,
    stride: usize,
    length: usize,
    values: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let given = values.len()?;
    if given != length {
        return Err(PyValueError::new_err(format!("{given} values, {length} expected")));
    }
    for (index, value) in values.try_iter()?.enumerate().take(length) {
        element.write(memory, at + index * stride, &value?)?;
    }
    Ok(())
}
