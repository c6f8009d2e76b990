use std::ffi::CString;
use std::path::PathBuf;
use std::ptr::NonNull;

use libbpf_rs::{AsRawLibbpf as _, Link, MapCore as _, MapHandle, ObjectBuilder, libbpf_sys};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::arena::{self, Arena};
use crate::errno::errno_of;
use crate::frozen::FrozenCopies;
use crate::global::Globals;
use crate::libbpf_log::{explain, with_first_words};
use crate::map::RawMap;
use crate::open_options::OpenOptions;
use crate::permission;
use crate::program::Program;
use crate::ring_fallback::retype_rings;
use crate::section::{self, find_map};
use crate::since::{self, Missing};
use crate::trampoline::Trampolines;
use crate::usdt;
use crate::verifier::Refusal;
use crate::{Error, ErrorCode, Result};

/// An object that is parsed and not yet in the kernel; below every generated `Open…` type.
#[derive(Debug)]
pub struct OpenObject {
    object: libbpf_rs::OpenObject,
    name: &'static str,
    btf: Option<PathBuf>,
}

impl OpenObject {
    /// Parses `bytes`; `name` becomes the object's name in the kernel.
    ///
    /// # Errors
    /// [`ErrorCode::WrongEndianness`], or [`ErrorCode::InvalidObject`] with libbpf's words.
    pub fn new(name: &'static str, bytes: &[u8], options: &OpenOptions) -> Result<Self> {
        /// `EI_DATA`, the byte that says the byte order. @see https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
        const EI_DATA: usize = 5;
        let own = if cfg!(target_endian = "big") { 2 } else { 1 };
        if bytes
            .get(EI_DATA)
            .is_some_and(|&data| data != own && (data == 1 || data == 2))
        {
            let message = format!("{name} was compiled for a target of the other byte order");
            return Err(Error::new(ErrorCode::WrongEndianness, message)
                .with_hint("compile it with -target bpf on this machine"));
        }
        let from_environment = || std::env::var_os("LBC_BTF").map(PathBuf::from);
        let btf = options.btf.clone().or_else(from_environment);
        let kconfig = options.kconfig.as_deref().map(CString::new).transpose();
        let kconfig = kconfig.map_err(|source| {
            let message = format!("cannot open {name}: the configuration has a zero byte");
            Error::new(ErrorCode::InvalidObject, message).with_source(source)
        })?;
        let open = || -> libbpf_rs::Result<libbpf_rs::OpenObject> {
            let mut builder = ObjectBuilder::default();
            builder.name(name)?;
            if let Some(path) = &btf {
                builder.btf_custom_path(path)?;
            }
            if let Some(path) = &options.pin_root {
                builder.pin_root_path(path)?;
            }
            if let Some(text) = &kconfig {
                // SAFETY: the options belong to the builder alone, and the text lives until libbpf has copied it.
                unsafe { builder.as_libbpf_object().as_mut() }.kconfig = text.as_ptr();
            }
            builder.open_memory(bytes)
        };
        let object = explain(open, |source, log| {
            let message = with_first_words(format!("cannot open {name}"), &log);
            Error::new(ErrorCode::InvalidObject, message)
                .with_source(source)
                .with_log(log)
        })?;
        Ok(Self { object, name, btf })
    }

    /// A section of constants as `T`, to be set before load.
    ///
    /// # Panics
    /// Where the object has no such section, not of this size, or one of variables.
    pub fn section_mut<T: FromBytes + IntoBytes + KnownLayout>(&mut self, section: &str) -> &mut T {
        let map = section::of_constants(self.object.as_libbpf_object(), section);
        let start = section::initial_memory(map).as_struct::<T>(section);
        // SAFETY: libbpf maps whole pages for the section, which live and stay in place as long as the object; T is any
        // bytes, no larger than the section rounded up to 16 bytes; `&mut self` makes the borrow unique.
        unsafe { &mut *start.as_ptr() }
    }

    /// The variables of a section, with their first values.
    ///
    /// # Panics
    /// Where the object has no such section, or one of constants.
    #[must_use]
    pub fn globals(&self, section: &str) -> Globals<'_> {
        let map = section::of_variables(self.object.as_libbpf_object(), section);
        let memory = section::initial_memory(map);
        // SAFETY: the memory lives as long as the object, which `self` borrows.
        unsafe { Globals::new(memory.start, memory.size) }
    }

    /// The variables of an arena, with their first values, by the name of the map.
    ///
    /// # Panics
    /// Where the object has no such map, or it has no variables.
    #[must_use]
    pub fn arena_variables(&self, name: &str) -> Globals<'_> {
        let map = arena_map(self.object.as_libbpf_object(), name);
        let Some(memory) = arena::first_values(map) else {
            return no_such("variables in the arena", name);
        };
        // SAFETY: the memory lives as long as the object, which `self` borrows.
        unsafe { Globals::new(memory.start, memory.size) }
    }

    /// A map, for what can be set before load: its size, flags, pin path, autocreate.
    ///
    /// # Panics
    /// Where the object has no such map.
    pub fn map_mut(&mut self, map: &str) -> libbpf_rs::OpenMapMut<'_> {
        let mut map = self.map_ptr(map);
        // SAFETY: the map belongs to the object, which is borrowed mutably for as long as the result lives.
        libbpf_rs::OpenMapMut::new_mut(unsafe { map.as_mut() })
    }

    /// A program, for what can be set before load: autoload, autoattach, attach target, flags.
    ///
    /// # Panics
    /// Where the object has no such program.
    pub fn program_mut(&mut self, program: &str) -> libbpf_rs::OpenProgramMut<'_> {
        let mut programs = self.object.progs_mut();
        programs
            .find(|candidate| candidate.name() == program)
            .unwrap_or_else(|| no_such("program", program))
    }

    /// What a kernel of a version, such as `(5, 10)`, is too old for, in words: the first map or program that is to be loaded.
    #[must_use]
    pub fn missing_on(&self, version: (u32, u32)) -> Option<String> {
        Missing::in_object(&self.object, version).map(|missing| missing.to_string())
    }

    /// The handle of libbpf-rs, for what has no name here.
    pub fn libbpf_mut(&mut self) -> &mut libbpf_rs::OpenObject {
        &mut self.object
    }

    /// Creates the maps and loads the programs; what was opened is freed if that fails.
    ///
    /// # Errors
    /// [`ErrorCode::NoPermission`], [`ErrorCode::VerifierRejected`] or [`ErrorCode::LoadFailed`], with the log.
    pub fn load(self) -> Result<Object> {
        let Self {
            mut object,
            name,
            btf,
        } = self;
        let missing = since::running().and_then(|running| Missing::in_object(&object, running));
        let trampolines = Trampolines::of(&object);
        let (object, variables, usdt_specs) = explain(
            || {
                retype_rings(&mut object, btf.as_deref())?;
                let specs = usdt::make_room(&mut object)?;
                arena::load(object).map(|(object, variables)| (object, variables, specs))
            },
            |source, log| load_error(name, source, log, missing.as_ref(), &trampolines),
        )?;
        let frozen = FrozenCopies::of(&object).map_err(|source| {
            let message = format!("cannot read the constants of {name}");
            Error::new(ErrorCode::LoadFailed, message).with_source(source)
        })?;
        Ok(Object {
            object,
            frozen,
            arena_variables: ArenaVariables(variables),
            usdt_specs,
            name,
        })
    }

    fn map_ptr(&self, map: &str) -> NonNull<libbpf_sys::bpf_map> {
        find_map(self.object.as_libbpf_object(), map)
    }
}

/// Where the variables of the arena are, in memory that is freed with the object; `None` where there is no arena.
#[derive(Debug)]
struct ArenaVariables(Option<NonNull<u8>>);

// SAFETY: the memory belongs to the process, not to a thread.
unsafe impl Send for ArenaVariables {}
// SAFETY: it is reached through `Globals` only, which programs share with everybody anyway.
unsafe impl Sync for ArenaVariables {}

/// An object in the kernel; below every generated skeleton.
#[derive(Debug)]
pub struct Object {
    object: libbpf_rs::Object,
    frozen: FrozenCopies,
    arena_variables: ArenaVariables,
    /// Of an object that was compiled with a usdt.bpf.h before 1.7.
    usdt_specs: Option<MapHandle>,
    name: &'static str,
}

impl Object {
    /// The object's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// A section that nobody can write any more, as `T`.
    ///
    /// # Panics
    /// Where the object has no such section, not of this size, or one that is not frozen.
    #[must_use]
    pub fn section<T: FromBytes + Immutable + KnownLayout>(&self, section: &str) -> &T {
        let map = section::of_constants(self.object.as_libbpf_object(), section);
        let memory = section::mapped_memory(map).or_else(|| self.frozen.memory(map));
        let memory = memory.expect("what is not mapped was copied at load");
        let start = memory.as_struct::<T>(section);
        // SAFETY: as in `section_mut`; the kernel froze the map and programs may only read it, so it does not change. A copy
        // has whole pages too, and is not written either.
        unsafe { &*start.as_ptr() }
    }

    /// The variables of a section, live: what programs write is seen, and the other way round. [`Global`](crate::Global)
    /// says what an access costs.
    ///
    /// # Panics
    /// Where the object has no such section, or one of constants.
    #[must_use]
    pub fn globals(&self, section: &str) -> Globals<'_> {
        let map = section::of_variables(self.object.as_libbpf_object(), section);
        if let Some(memory) = section::mapped_memory(map) {
            // SAFETY: libbpf maps the section's memory until the object is closed, which `self` borrows.
            return unsafe { Globals::new(memory.start, memory.size) };
        }
        // SAFETY: the object is loaded, and `self` borrows it.
        Globals::in_kernel(unsafe { section::in_kernel(map) })
    }

    /// The memory of an arena, by the name of the map.
    ///
    /// # Panics
    /// Where the object has no such map, or it is no arena, or was not created.
    #[must_use]
    pub fn arena(&self, name: &str) -> Arena<'_> {
        let map = arena_map(self.object.as_libbpf_object(), name);
        // SAFETY: the object is loaded, and `self` borrows it.
        unsafe { Arena::of(map) }.expect("libbpf maps what it has created")
    }

    /// The variables of an arena, live, by the name of the map.
    ///
    /// # Panics
    /// Where the object has no such map, or it has no variables.
    #[must_use]
    pub fn arena_variables(&self, name: &str) -> Globals<'_> {
        let map = arena_map(self.object.as_libbpf_object(), name);
        let size = arena::first_values(map).map(|memory| memory.size);
        let (Some(start), Some(size)) = (self.arena_variables.0, size) else {
            return no_such("variables in the arena", name);
        };
        // SAFETY: libbpf has put them there, and maps the arena until the object is closed, which `self` borrows.
        unsafe { Globals::new(start, size) }
    }

    /// A map with a descriptor of its own, which outlives the object.
    ///
    /// # Errors
    /// [`ErrorCode::System`] where the descriptor cannot be duplicated. A map that was not created is no error here.
    pub fn map(&self, name: &'static str) -> Result<RawMap> {
        // libbpf puts a placeholder where it was told to create none, so its descriptor alone tells nothing.
        let map = self
            .object
            .maps()
            .find(|map| map.name() == name && map.autocreate());
        let handle = map.map(|map| MapHandle::try_from(&map));
        let handle = handle.transpose().map_err(|source| {
            Error::new(
                ErrorCode::System,
                format!("cannot duplicate the descriptor of map {name}"),
            )
            .with_source(source)
        })?;
        Ok(RawMap::new(name, handle))
    }

    /// A program, of the kind that its section says.
    ///
    /// # Panics
    /// Where the object has no such program.
    #[must_use]
    pub fn program<K>(&self, name: &'static str) -> Program<'_, K> {
        let program = self
            .object
            .progs_mut()
            .find(|program| program.name() == name);
        let program = program.unwrap_or_else(|| no_such("program", name));
        Program::new(name, program, self.usdt_specs.as_ref())
    }

    /// Registers a struct_ops map with the kernel, until the link is dropped.
    ///
    /// # Errors
    /// [`ErrorCode::AttachFailed`].
    ///
    /// # Panics
    /// Where the object has no such map.
    pub fn attach_struct_ops(&mut self, name: &'static str) -> Result<Link> {
        let map = self.object.maps_mut().find(|map| map.name() == name);
        let mut map = map.unwrap_or_else(|| no_such("map", name));
        explain(
            || map.attach_struct_ops(),
            |source, log| crate::program::attach_error(name, source, log),
        )
    }

    /// The handle of libbpf-rs, for what has no name here.
    #[must_use]
    pub fn libbpf(&self) -> &libbpf_rs::Object {
        &self.object
    }

    /// The same, mutable.
    pub fn libbpf_mut(&mut self) -> &mut libbpf_rs::Object {
        &mut self.object
    }
}

fn arena_map(object: NonNull<libbpf_sys::bpf_object>, name: &str) -> section::Map {
    let map = find_map(object, name);
    // SAFETY: the map belongs to an object that is alive.
    let kind = unsafe { libbpf_sys::bpf_map__type(map.as_ptr()) };
    assert!(
        kind == libbpf_sys::BPF_MAP_TYPE_ARENA,
        "map {name} is no arena"
    );
    map
}

pub(crate) fn no_such<T>(what: &str, name: &str) -> T {
    panic!("the object has no {what} {name}")
}

fn load_error(
    name: &str,
    source: libbpf_rs::Error,
    log: String,
    missing: Option<&Missing>,
    trampolines: &Trampolines,
) -> Error {
    let refused = log.contains("-- BEGIN PROG LOAD LOG --");
    let no_trampoline = trampolines.refused(errno_of(&source), &log);
    let code = match source.kind() {
        _ if refused => ErrorCode::VerifierRejected,
        libbpf_rs::ErrorKind::PermissionDenied if no_trampoline.is_none() => {
            ErrorCode::NoPermission
        }
        _ => ErrorCode::LoadFailed,
    };
    let message = match Refusal::of(&log) {
        Some(refusal) => format!("cannot load {name}: {refusal}"),
        None => with_first_words(format!("cannot load {name}"), &log),
    };
    let error = Error::new(code, message).with_source(source).with_log(log);
    match (code, missing, no_trampoline) {
        (ErrorCode::NoPermission, _, _) => error.with_hint(permission::hint()),
        (_, Some(missing), _) => error.with_missing(missing),
        (_, None, Some(reason)) => error.with_hint(reason),
        _ => error,
    }
}
