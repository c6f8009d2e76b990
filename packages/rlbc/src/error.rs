use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::io;

use crate::since::Missing;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, as a stable name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// The object is no BPF object that libbpf can open.
    InvalidObject,
    /// The object was compiled for a target of the other byte order.
    WrongEndianness,
    /// The kernel lets this process load no BPF.
    NoPermission,
    /// The kernel refused a program; [`Error::verifier_log`] has its words.
    VerifierRejected,
    /// The object could not be loaded for another reason; [`Error::log`] has libbpf's words.
    LoadFailed,
    /// The program is not in the kernel, because its autoload was switched off.
    ProgramNotLoaded,
    /// A program could not be attached.
    AttachFailed,
    /// A test run of a program failed.
    RunFailed,
    /// The map is not in the kernel, because its autocreate was switched off.
    MapNotCreated,
    /// A map's keys, values or events are not of the size of the type they were asked as.
    SizeMismatch,
    /// A map has another type than the one it was asked as.
    TypeMismatch,
    /// The kernel refused an operation on a map.
    MapFailed,
    /// A record is shorter or longer than what the program sends.
    RecordLength,
    /// Another reader of the same map is alive in this process; two would steal each other's events.
    ReaderExists,
    /// The symbols of the kernel or of a process could not be read.
    SymbolizeFailed,
    /// A signal arrived while waiting.
    Interrupted,
    /// A system call failed that has nothing to do with BPF itself.
    System,
}

impl ErrorCode {
    /// The name that all lbc runtimes share, such as `verifier-rejected`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidObject => "invalid-object",
            Self::WrongEndianness => "wrong-endianness",
            Self::NoPermission => "no-permission",
            Self::VerifierRejected => "verifier-rejected",
            Self::LoadFailed => "load-failed",
            Self::ProgramNotLoaded => "program-not-loaded",
            Self::AttachFailed => "attach-failed",
            Self::RunFailed => "run-failed",
            Self::MapNotCreated => "map-not-created",
            Self::SizeMismatch => "size-mismatch",
            Self::TypeMismatch => "type-mismatch",
            Self::MapFailed => "map-failed",
            Self::RecordLength => "record-length",
            Self::ReaderExists => "reader-exists",
            Self::SymbolizeFailed => "symbolize-failed",
            Self::Interrupted => "interrupted",
            Self::System => "system",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error with a [code](ErrorCode), the words of libbpf and the kernel, and what the user can do.
pub struct Error(Box<Details>);

struct Details {
    code: ErrorCode,
    message: String,
    hint: Option<Cow<'static, str>>,
    since: Option<(u32, u32)>,
    log: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let message = message.into();
        Self(Box::new(Details {
            code,
            message,
            hint: None,
            since: None,
            log: String::new(),
            source: None,
        }))
    }

    /// With the operating system's last error as its source.
    pub(crate) fn last_os(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::new(code, message).with_source(io::Error::last_os_error())
    }

    pub(crate) fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    pub(crate) fn with_missing(mut self, missing: &Missing) -> Self {
        self.0.since = Some(missing.since);
        self.with_hint(missing.to_string())
    }

    pub(crate) fn with_log(mut self, log: String) -> Self {
        self.0.log = log;
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// What the user can do, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// Where the kernel is too old: the first version of Linux that has what is missing, as (major, minor).
    #[must_use]
    pub fn since(&self) -> Option<(u32, u32)> {
        self.0.since
    }

    /// Everything that libbpf printed during the operation; empty where it printed nothing.
    #[must_use]
    pub fn log(&self) -> &str {
        &self.0.log
    }

    /// The kernel verifier's log of the program that it refused.
    #[must_use]
    pub fn verifier_log(&self) -> Option<&str> {
        let (_, rest) = self.0.log.split_once("-- BEGIN PROG LOAD LOG --\n")?;
        Some(
            rest.split_once("-- END PROG LOAD LOG --")
                .map_or(rest, |(log, _)| log),
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some(source) = &self.0.source {
            // The sources of a source, too, which libbpf-rs keeps for the alternate form.
            write!(f, ": {source:#}")?;
        }
        match &self.0.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

/// The same words and the log below them, since this is what `fn main() -> rlbc::Result<()>` prints.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} [{}]", self.0.code)?;
        if self.0.log.is_empty() {
            Ok(())
        } else {
            write!(f, "\n{}", self.0.log.trim_end())
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| source.as_ref() as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_why_and_what_now() {
        let error = Error::new(ErrorCode::NoPermission, "cannot load hello")
            .with_source(io::Error::from_raw_os_error(libc::EPERM))
            .with_hint("run it as root");
        let text = "cannot load hello: Operation not permitted (os error 1) (run it as root)";
        assert_eq!(error.to_string(), text);
        assert_eq!(format!("{error:?}"), format!("{text} [no-permission]"));
        assert!(error.source().is_some());
    }

    #[test]
    fn the_verifiers_log_is_cut_out_of_what_libbpf_printed() {
        let log = "libbpf: prog 'p': -- BEGIN PROG LOAD LOG --\nR0 !read_ok\n-- END PROG LOAD LOG --\nlibbpf: failed\n";
        let error = Error::new(ErrorCode::VerifierRejected, "refused").with_log(log.into());
        assert_eq!(error.verifier_log(), Some("R0 !read_ok\n"));
        assert_eq!(Error::new(ErrorCode::System, "poll").verifier_log(), None);
    }
}
