//! Structs, unions and sections: an instance is a place in memory, its fields read and write there.
//!
//! The type is made by hand, not by `#[pyclass]`: an event is an instance, and what PyO3 adds to the making and freeing of one
//! (garbage collection above all, though instances refer to no Python object) takes longer than the rest.

use std::cell::OnceCell;
use std::ffi::c_void;
use std::mem;
use std::ptr;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyType};

use crate::memory::Memory;

/// Where the bytes of an instance are.
#[derive(Debug)]
pub struct Place {
    pub memory: Memory,
    pub at: usize,
    /// How many bytes arrived: of an event it may be fewer or more than the size of its type.
    pub received: usize,
}

/// What Python's header is followed by.
#[repr(C)]
struct Instance {
    head: ffi::PyObject,
    /// Set once: by `allocate` for a value that Python makes, by `StructClass::view` for one that is read. Under the GIL.
    place: OnceCell<Place>,
}

static TYPE: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// `pylbc._native.Struct`: the base of every generated struct, union and section.
pub fn base_type(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    TYPE.get_or_try_init(py, || {
        let mut slots = [
            ffi::PyType_Slot { slot: ffi::Py_tp_new, pfunc: new as *mut c_void },
            ffi::PyType_Slot { slot: ffi::Py_tp_dealloc, pfunc: dealloc as *mut c_void },
            ffi::PyType_Slot::default(),
        ];
        let mut spec = ffi::PyType_Spec {
            name: c"pylbc._native.Struct".as_ptr(),
            basicsize: size_of::<Instance>() as i32,
            itemsize: 0,
            flags: (ffi::Py_TPFLAGS_DEFAULT | ffi::Py_TPFLAGS_BASETYPE) as u32,
            slots: slots.as_mut_ptr(),
        };
        // SAFETY: Python copies the description; its name is static. The result is a new reference to a type, or null.
        unsafe {
            Ok(Bound::from_owned_ptr_or_err(py, ffi::PyType_FromSpec(&raw mut spec))?.cast_into_unchecked().unbind())
        }
    })
    .map(|class| class.bind(py))
}

/// An instance without a place; what is given to the class is for `__init__`.
unsafe extern "C" fn new(
    class: *mut ffi::PyTypeObject,
    _args: *mut ffi::PyObject,
    _kwargs: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: Python calls it with `Struct` or a subclass, the instances of which begin with an `Instance`.
    unsafe {
        let object = ffi::PyType_GenericAlloc(class, 0);
        if !object.is_null() {
            (&raw mut (*object.cast::<Instance>()).place).write(OnceCell::new());
        }
        object
    }
}

unsafe extern "C" fn dealloc(object: *mut ffi::PyObject) {
    // SAFETY: Python calls it once, when nobody refers to the instance any more; an instance refers to its class.
    unsafe {
        ptr::drop_in_place(&raw mut (*object.cast::<Instance>()).place);
        let class = ffi::Py_TYPE(object);
        let free: ffi::freefunc = mem::transmute(ffi::PyType_GetSlot(class, ffi::Py_tp_free));
        free(object.cast());
        ffi::Py_DECREF(class.cast());
    }
}

fn cell<'a>(value: &'a Bound<'_, PyAny>) -> PyResult<&'a OnceCell<Place>> {
    let base = base_type(value.py())?;
    // SAFETY: both pointers are live; what is an instance of the type begins with an `Instance`, which lives as long as `value`.
    unsafe {
        if ffi::PyObject_TypeCheck(value.as_ptr(), base.as_type_ptr()) == 0 {
            let name = value.get_type().name()?;
            return Err(PyTypeError::new_err(format!("a struct expected, got {name}")));
        }
        Ok(&(*value.as_ptr().cast::<Instance>()).place)
    }
}

/// Where the bytes of a struct are. TypeError for what is no struct.
pub fn place<'a>(value: &'a Bound<'_, PyAny>) -> PyResult<&'a Place> {
    cell(value)?
        .get()
        .ok_or_else(|| PyTypeError::new_err("the struct has no memory: super().__init__() was not called"))
}

/// A generated class, known to be one.
#[derive(Debug)]
pub struct StructClass {
    class: Py<PyType>,
    /// Whether an instance refers to no Python object but its class, and so cannot be part of a cycle.
    plain: bool,
}

impl StructClass {
    /// TypeError for what is no subclass of `Struct`.
    pub fn of(class: &Bound<'_, PyType>) -> PyResult<Self> {
        let base = base_type(class.py())?;
        if !class.is_subclass(base)? {
            return Err(PyTypeError::new_err(format!("{} is no struct", class.name()?)));
        }
        let size = |class: &Bound<'_, PyType>| class.getattr("__basicsize__")?.extract::<usize>();
        let plain = size(class)? == size(base)? && class.getattr("__dictoffset__")?.extract::<isize>()? == 0;
        Ok(Self { class: class.clone().unbind(), plain })
    }

    pub fn bind<'py>(&self, py: Python<'py>) -> &Bound<'py, PyType> {
        self.class.bind(py)
    }

    /// An instance on bytes that are there already; neither `__new__` nor `__init__` is called.
    pub fn view<'py>(
        &self,
        py: Python<'py>,
        memory: Memory,
        at: usize,
        received: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        // SAFETY: `new` is given a subclass of `Struct`, and gives a new reference or null. Python has every class that is
        // written in it tracked by the garbage collector, which may be told otherwise of an object in which it would find nothing.
        unsafe {
            let object = new(self.bind(py).as_type_ptr(), ptr::null_mut(), ptr::null_mut());
            let instance = Bound::from_owned_ptr_or_err(py, object)?;
            if self.plain {
                ffi::PyObject_GC_UnTrack(object.cast());
            }
            let place = &raw mut (*object.cast::<Instance>()).place;
            place.write(OnceCell::from(Place { memory, at, received }));
            Ok(instance)
        }
    }
}

/// Gives a value that Python makes its zeroed memory.
#[pyfunction]
pub fn allocate(value: &Bound<'_, PyAny>, size: usize) -> PyResult<()> {
    let place = Place { memory: Memory::zeroed(size), at: 0, received: size };
    cell(value)?.set(place).map_err(|_| PyTypeError::new_err("__init__ was called twice"))
}

/// `size` bytes of a struct from `offset` on, as they are.
#[pyfunction]
pub fn bytes_of<'py>(value: &Bound<'py, PyAny>, offset: usize, size: usize) -> PyResult<Bound<'py, PyBytes>> {
    let place = place(value)?;
    Ok(PyBytes::new(value.py(), &place.memory.bytes(place.at + offset, size)?))
}

/// How many bytes of it arrived.
#[pyfunction]
pub fn received(value: &Bound<'_, PyAny>) -> PyResult<usize> {
    Ok(place(value)?.received)
}
