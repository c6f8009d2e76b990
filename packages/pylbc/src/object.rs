//! One BPF object: opened from bytes, loaded into the kernel, closed.

use std::ffi::CString;
use std::path::PathBuf;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use libbpf_rs::libbpf_sys;
use libbpf_rs::{AsRawLibbpf, MapHandle, ObjectBuilder, OpenObject};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyType;
use rlbc::ring_fallback::retype_rings;
use rlbc::since::{self, Missing, Version};
use rlbc::trampoline::Trampolines;
use rlbc::{arena, usdt};

use crate::error::Failure;
use crate::map::Map;
use crate::map_open::MapSettings;
use crate::memory::{Lifecycle, Memory, Section, Stage, WritePolicy};
use crate::print;
use crate::program::Program;
use crate::structure::StructClass;

/// libbpf's object in the two stages that libbpf-rs tells apart.
#[derive(Debug)]
pub enum Inner {
    Open(OpenObject),
    Loaded(libbpf_rs::Object),
    Gone,
}

impl Inner {
    pub fn pointer(&self) -> Option<NonNull<libbpf_sys::bpf_object>> {
        match self {
            Self::Open(object) => Some(object.as_libbpf_object()),
            Self::Loaded(object) => Some(object.as_libbpf_object()),
            Self::Gone => None,
        }
    }
}

#[pyclass(frozen, module = "pylbc._native")]
#[derive(Debug)]
pub struct Object {
    /// Never held while the GIL is waited for.
    inner: Mutex<Inner>,
    pub lifecycle: Arc<Lifecycle>,
    sections: Mutex<Vec<Arc<Section>>>,
    /// A file with the kernel's types, if the kernel itself is not to be asked.
    btf: Option<PathBuf>,
    /// Where the variables of the arena are once it is loaded; null where there is none.
    arena_variables: AtomicPtr<u8>,
    /// Of an object that was compiled with a usdt.bpf.h before 1.7.
    usdt_specs: Mutex<Option<MapHandle>>,
}

impl Object {
    pub fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sections(&self) -> MutexGuard<'_, Vec<Arc<Section>>> {
        self.sections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// libbpf's map of that name; of an internal one the name is the section's, such as `.rodata`.
    pub fn map_pointer(&self, name: &str) -> Result<NonNull<libbpf_sys::bpf_map>, Failure> {
        let missing = || Failure::new("no-such-map", format!("the object has no map {name}"));
        let name_c = CString::new(name).map_err(|_| missing())?;
        let inner = self.inner();
        let object =
            inner.pointer().ok_or_else(|| Failure::new("closed", format!("map {name}: the object is closed")))?;
        // SAFETY: the object lives as long as `inner` is locked; the name ends with a zero byte.
        let map = unsafe { libbpf_sys::bpf_object__find_map_by_name(object.as_ptr(), name_c.as_ptr()) };
        NonNull::new(map).ok_or_else(missing)
    }

    /// libbpf's program of that name.
    pub fn program_pointer(&self, name: &str) -> Result<NonNull<libbpf_sys::bpf_program>, Failure> {
        let name_c = CString::new(name).map_err(|_| no_such_program(name))?;
        let inner = self.inner();
        let object =
            inner.pointer().ok_or_else(|| Failure::new("closed", format!("program {name}: the object is closed")))?;
        // SAFETY: as in `map_pointer`.
        let program = unsafe { libbpf_sys::bpf_object__find_program_by_name(object.as_ptr(), name_c.as_ptr()) };
        NonNull::new(program).ok_or_else(|| no_such_program(name))
    }

    /// The image of an internal map: libbpf's own before load, the kernel's map after it. Null where libbpf has no such map.
    fn image(&self, name: &str) -> (*mut u8, usize) {
        let Ok(map) = self.map_pointer(name) else {
            return (std::ptr::null_mut(), 0);
        };
        let mut size = 0;
        // SAFETY: the map lives as long as the object; the caller holds the GIL, so that nobody closes it meanwhile.
        let (data, kind) = unsafe {
            let data = libbpf_sys::bpf_map__initial_value(map.as_ptr(), &raw mut size);
            (data.cast(), libbpf_sys::bpf_map__type(map.as_ptr()))
        };
        let variables = self.arena_variables.load(Ordering::Acquire);
        let is_arena = kind == libbpf_sys::BPF_MAP_TYPE_ARENA && !variables.is_null();
        (if is_arena { variables } else { data }, size as usize)
    }

    /// To be called after each attach.
    pub fn put_usdt_in_order(&self) -> libbpf_rs::Result<()> {
        self.usdt_specs().as_ref().map_or(Ok(()), usdt::put_in_order)
    }

    fn usdt_specs(&self) -> MutexGuard<'_, Option<MapHandle>> {
        self.usdt_specs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn load_inner(&self) -> Result<(), Failure> {
        let mut inner = self.inner();
        let Inner::Open(mut open) = std::mem::replace(&mut *inner, Inner::Gone) else {
            return Ok(());
        };
        let missing = since::running().and_then(|running| Missing::in_object(&open, running));
        let trampolines = Trampolines::of(&open);
        let (loaded, log) = print::capture(|| {
            retype_rings(&mut open, self.btf.as_deref())?;
            *self.usdt_specs() = usdt::make_room(&mut open)?;
            arena::load(open)
        });
        match loaded {
            Ok((object, variables)) => {
                let variables = variables.map_or(ptr::null_mut(), NonNull::as_ptr);
                self.arena_variables.store(variables, Ordering::Release);
                *inner = Inner::Loaded(object);
            }
            Err(error) => return Err(load_failure(&error, log, missing, &trampolines)),
        }
        Ok(())
    }

    /// libbpf leaves a perf event array as small as it was declared, and then sees the first CPUs only.
    fn widen_perf_arrays(&self) -> PyResult<()> {
        let cpus = u32::try_from(crate::possible_cpus()?).unwrap_or(u32::MAX);
        if let Inner::Open(object) = &mut *self.inner() {
            for mut map in object.maps_mut() {
                if map.map_type() == libbpf_rs::MapType::PerfEventArray && map.max_entries() < cpus {
                    map.set_max_entries(cpus)
                        .map_err(|error| Failure::libbpf("load-failed", "perf event array", &error))?;
                }
            }
        }
        Ok(())
    }
}

pub fn no_such_program(name: &str) -> Failure {
    Failure::new("no-such-program", format!("the object has no program {name}"))
}

fn load_failure(error: &libbpf_rs::Error, log: String, missing: Option<Missing>, trampolines: &Trampolines) -> Failure {
    let failure = Failure::libbpf("load-failed", "load", error);
    let reason = trampolines.refused(failure.errno, &log);
    let failure = failure.refused("load-failed", reason);
    let failure = if failure.code == "permission-denied" { failure } else { failure.missing(missing) };
    if log.contains("BEGIN PROG LOAD LOG") {
        let failure = Failure { code: "verifier-refused", ..failure };
        return failure.hint("the verifier's words are in .log").log(log);
    }
    failure.explained(log)
}

#[pymethods]
impl Object {
    /// Opens an object from its bytes. `btf` is a file with the kernel's types, for kernels without BTF of their own; `kconfig`
    /// are options of the kernel's configuration as in a `.config`.
    #[staticmethod]
    #[pyo3(signature = (data, name, btf=None, pin_root=None, kconfig=None))]
    fn open(
        py: Python<'_>,
        data: &[u8],
        name: &str,
        btf: Option<PathBuf>,
        pin_root: Option<PathBuf>,
        kconfig: Option<CString>,
    ) -> PyResult<Self> {
        let btf = btf.or_else(|| std::env::var_os("LBC_BTF").map(PathBuf::from));
        let (opened, log) = print::capture(|| {
            let mut builder = ObjectBuilder::default();
            builder.name(name)?;
            if let Some(path) = &btf {
                builder.btf_custom_path(path)?;
            }
            if let Some(path) = pin_root {
                builder.pin_root_path(path)?;
            }
            if let Some(text) = &kconfig {
                // SAFETY: the options belong to the builder alone, and the text lives until libbpf has copied it.
                unsafe { builder.as_libbpf_object().as_mut() }.kconfig = text.as_ptr();
            }
            builder.open_memory(data)
        });
        print::deliver(py);
        let object =
            opened.map_err(|error| Failure::libbpf("open-failed", format!("open {name}"), &error).explained(log))?;
        Ok(Self {
            inner: Mutex::new(Inner::Open(object)),
            lifecycle: Arc::default(),
            sections: Mutex::default(),
            btf,
            arena_variables: AtomicPtr::default(),
            usdt_specs: Mutex::default(),
        })
    }

    /// Creates the maps and loads the programs. On failure the object is closed.
    fn load(&self, py: Python<'_>) -> PyResult<()> {
        if self.lifecycle.stage() == Stage::Loaded {
            return Err(Failure::new("already-loaded", "load() was called before: the object is in the kernel").into());
        }
        self.lifecycle.require_open("load()")?;
        self.widen_perf_arrays()?;
        // Nobody may look at a section while libbpf moves it, or after it failed and freed it.
        self.lifecycle.enter(Stage::Closed);
        let loaded = py.detach(|| self.load_inner());
        print::deliver(py);
        loaded?;
        for section in self.sections().iter() {
            section.data.store(self.image(&section.name).0, Ordering::Release);
        }
        self.lifecycle.enter(Stage::Loaded);
        Ok(())
    }

    /// Frees everything; what was read before stays valid, sections and maps raise `closed` from now on.
    fn close(&self, py: Python<'_>) {
        self.lifecycle.enter(Stage::Closed);
        let old = (std::mem::replace(&mut *self.inner(), Inner::Gone), self.usdt_specs().take());
        py.detach(|| drop(old));
    }

    /// What a kernel of that version (major, minor) is too old for: the first map or program that is to be loaded.
    fn missing_on(&self, version: Version) -> PyResult<Option<String>> {
        match &*self.inner() {
            Inner::Open(open) => Ok(Missing::in_object(open, version).map(|missing| missing.to_string())),
            _ => Err(Failure::new("already-loaded", "what is missing is told before load()").into()),
        }
    }

    /// "open", "loaded" or "closed".
    #[getter]
    fn stage(&self) -> &'static str {
        match self.lifecycle.stage() {
            Stage::Open => "open",
            Stage::Loaded => "loaded",
            Stage::Closed => "closed",
        }
    }

    fn map(slf: Bound<'_, Self>, name: String) -> PyResult<Map> {
        slf.get().map_pointer(&name)?;
        Ok(Map::new(slf.unbind(), name))
    }

    fn map_settings(slf: Bound<'_, Self>, name: String) -> PyResult<MapSettings> {
        Ok(MapSettings(Self::map(slf, name)?))
    }

    fn program(slf: Bound<'_, Self>, name: String) -> PyResult<Program> {
        Program::find(slf, name)
    }

    /// The section as an instance of `class`, in place. `write` is "before-load", "always" or "never".
    fn section<'py>(&self, class: &Bound<'py, PyType>, name: &str, write: &str) -> PyResult<Bound<'py, PyAny>> {
        let policy = match write {
            "before-load" => WritePolicy::BeforeLoad,
            "always" => WritePolicy::Always,
            "never" => WritePolicy::Never,
            _ => return Err(PyValueError::new_err(format!("no write policy: {write}"))),
        };
        let declared = class.getattr("SIZE")?.extract::<usize>()?;
        let (data, size) = self.image(name);
        if !data.is_null() && size < declared {
            let message = format!("section {name} has {size} bytes, {declared} expected");
            return Err(Failure::new("wrong-object", message).into());
        }
        let section = Arc::new(Section {
            name: name.to_owned(),
            policy,
            lifecycle: self.lifecycle.clone(),
            data: AtomicPtr::new(data),
            size: declared,
        });
        self.sections().push(section.clone());
        StructClass::of(class)?.view(class.py(), Memory::Section(section), 0, declared)
    }
}
