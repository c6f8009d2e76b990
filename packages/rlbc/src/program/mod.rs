//! Loaded programs.

mod attach;
mod attach_libbpf;
pub mod kind;
mod links;
mod perf_event;
mod test_run;

use std::marker::PhantomData;

pub use attach::{UprobeTarget, UsdtTarget};
use libbpf_rs::{AsRawLibbpf as _, Link, MapHandle, ProgramMut};
pub use links::NewLinks;
pub use test_run::{TestInput, TestRun};

use crate::errno::errno_of;
use crate::libbpf_log::{explain, with_first_words};
use crate::since::{self, Missing};
use crate::{Error, ErrorCode, Result};
use crate::{trampoline, usdt};

/// A loaded program.
#[derive(Debug)]
pub struct Program<'obj, K> {
    name: &'static str,
    program: ProgramMut<'obj>,
    usdt_specs: Option<&'obj MapHandle>,
    kind: PhantomData<K>,
}

impl<'obj, K> Program<'obj, K> {
    pub(crate) fn new(
        name: &'static str,
        program: ProgramMut<'obj>,
        usdt_specs: Option<&'obj MapHandle>,
    ) -> Self {
        Self {
            name,
            program,
            usdt_specs,
            kind: PhantomData,
        }
    }

    /// The name in the object.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it is in the kernel, which a program without autoload is not.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        self.program.autoload()
    }

    /// The handle of libbpf-rs, for what has no name here.
    #[must_use]
    pub fn libbpf(&self) -> &ProgramMut<'obj> {
        &self.program
    }

    /// Attaches to what the program's section names; it is detached when the link is dropped.
    ///
    /// # Errors
    /// [`ErrorCode::ProgramNotLoaded`], [`ErrorCode::AttachFailed`] (among them a section that names no target).
    pub fn attach(&self) -> Result<Link> {
        self.link(|program| program.attach())
    }

    pub(crate) fn expect_loaded(&self) -> Result<()> {
        if self.is_loaded() {
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::ProgramNotLoaded,
            format!("program {} was not loaded", self.name),
        )
        .with_hint("switch its autoload on before load"))
    }

    fn link<T>(&self, attach: impl FnOnce(&ProgramMut<'obj>) -> libbpf_rs::Result<T>) -> Result<T> {
        self.expect_loaded()?;
        explain(
            || {
                let attached = attach(&self.program)?;
                if let Some(specs) = self.usdt_specs {
                    usdt::put_in_order(specs)?;
                }
                Ok(attached)
            },
            |source, log| {
                let (name, program) = (self.name, self.program.as_libbpf_object());
                let no_trampoline = trampoline::refused(program, errno_of(&source));
                let error = attach_error(name, source, log);
                let missing = since::running()
                    .and_then(|running| Missing::in_program(name.as_ref(), program, running));
                match (missing, no_trampoline) {
                    (Some(missing), _) => error.with_missing(&missing),
                    (None, Some(reason)) => error.with_hint(reason),
                    _ => error,
                }
            },
        )
    }
}

pub(crate) fn attach_error(name: &str, source: libbpf_rs::Error, log: String) -> Error {
    // libbpf has nothing to say of a section that is a kind and no place, such as `uprobe` or `xdp`.
    let nowhere = log.is_empty() && source.kind() == libbpf_rs::ErrorKind::Unsupported;
    let message = with_first_words(format!("cannot attach {name}"), &log);
    let error = Error::new(ErrorCode::AttachFailed, message)
        .with_source(source)
        .with_log(log);
    if nowhere {
        error.with_hint("its section does not say where: give it a target")
    } else {
        error
    }
}
