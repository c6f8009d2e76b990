//! `pylbc.LbcError`, and how errors of libbpf become one.

use std::borrow::Cow;
use std::ffi::CStr;
use std::io;

use libbpf_rs::libbpf_sys;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{IntoPyDict, PyType};
use rlbc::errno::errno_of;
use rlbc::since::{Missing, Version};

/// What `LbcError` is told: a stable code, a message, and where there is one a hint, an errno and the verifier's log.
#[derive(Debug, Default)]
pub struct Failure {
    pub code: &'static str,
    pub message: String,
    pub hint: Option<Cow<'static, str>>,
    /// The first version of Linux that has what is missing.
    pub since: Option<Version>,
    pub errno: Option<i32>,
    pub log: String,
}

impl Failure {
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), ..Self::default() }
    }

    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Explained by what the kernel is too old for, where it is.
    pub fn missing(mut self, missing: Option<Missing>) -> Self {
        let Some(missing) = missing else { return self };
        self.since = Some(missing.since);
        self.hint(missing.to_string())
    }

    /// Explained by a kernel that refuses trampolines, where it does: not by a right that the process lacks.
    pub fn refused(self, code: &'static str, reason: Option<String>) -> Self {
        let Some(reason) = reason else { return self };
        Self { code, ..self }.hint(reason)
    }

    pub fn log(mut self, log: String) -> Self {
        self.log = log;
        self
    }

    /// What libbpf said becomes the log, and where it failed the end of the message.
    pub fn explained(self, log: String) -> Self {
        let words = log.lines().next().map_or("", |line| line.strip_prefix("libbpf: ").unwrap_or(line));
        let message = if words.is_empty() { self.message } else { format!("{}: {words}", self.message) };
        Self { message, log, ..self }
    }

    /// From `errno`, with a hint where the number alone tells what is wrong.
    pub fn os(code: &'static str, what: impl AsRef<str>, error: &io::Error) -> Self {
        let errno = error.raw_os_error();
        Self {
            code: match errno {
                Some(libc::EPERM | libc::EACCES) => "permission-denied",
                _ => code,
            },
            message: format!("{}: {}", what.as_ref(), words_of(error)),
            hint: errno.and_then(hint_for).map(Cow::Borrowed),
            since: None,
            errno,
            log: String::new(),
        }
    }

    /// From an error of libbpf-rs, by its number where it has one.
    pub fn libbpf(code: &'static str, what: impl AsRef<str>, error: &libbpf_rs::Error) -> Self {
        let errno = errno_of(error);
        match errno {
            Some(number) => Self::os(code, what, &io::Error::from_raw_os_error(number)),
            None => Self::new(code, format!("{}: {error:#}", what.as_ref())),
        }
    }
}

/// libbpf has error numbers of its own, beyond those of the system. See libbpf.h, `enum libbpf_errno`.
fn words_of(error: &io::Error) -> String {
    const LIBBPF_ERRNO_START: i32 = 4000;
    match error.raw_os_error() {
        Some(number) if number >= LIBBPF_ERRNO_START => libbpf_words(number),
        _ => error.to_string(),
    }
}

fn libbpf_words(number: i32) -> String {
    let mut words = [0u8; 128];
    // SAFETY: the buffer lives during the call, which writes a zero-terminated text of at most its size.
    unsafe { libbpf_sys::libbpf_strerror(number, words.as_mut_ptr().cast(), words.len() as _) };
    CStr::from_bytes_until_nul(&words).map_or_else(|_| number.to_string(), |words| words.to_string_lossy().into_owned())
}

fn hint_for(errno: i32) -> Option<&'static str> {
    match errno {
        libc::EPERM | libc::EACCES => Some("BPF wants root, or CAP_BPF with CAP_PERFMON"),
        libc::E2BIG => Some("the map is full, or the program too large for this kernel"),
        libc::ENOSPC => Some("there is no room left in the map"),
        _ => None,
    }
}

/// The Python class: `pylbc.errors.LbcError`, looked up once.
fn class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS.import(py, "pylbc.errors", "LbcError")
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> Self {
        Python::attach(|py| match instance(py, &failure) {
            Ok(error) => PyErr::from_value(error),
            Err(error) => {
                let lost = PyRuntimeError::new_err(failure.message);
                lost.set_cause(py, Some(error));
                lost
            }
        })
    }
}

fn instance<'py>(py: Python<'py>, failure: &Failure) -> PyResult<Bound<'py, PyAny>> {
    let keywords = [("hint", failure.hint.as_deref()), ("log", Some(failure.log.as_str()))].into_py_dict(py)?;
    keywords.set_item("since", failure.since)?;
    keywords.set_item("errno", failure.errno)?;
    class(py)?.call((failure.code, &failure.message), Some(&keywords))
}
