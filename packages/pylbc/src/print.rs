//! libbpf's messages, the verifier's log among them: kept for the error of the call that caused them, and told to a callback
//! where there is one.

use std::cell::RefCell;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use libbpf_rs::{PrintLevel, set_print};
use pyo3::prelude::*;

/// A verifier's log may have 16 MB; of more, the end is what tells why.
const LIMIT: usize = 1 << 24;
/// Levels of Python's `logging`.
const DEBUG: u32 = 10;
const INFO: u32 = 20;
const WARNING: u32 = 30;

thread_local! {
    static MESSAGES: RefCell<Option<String>> = const { RefCell::new(None) };
}

struct Listener {
    callback: Py<PyAny>,
    /// What it has not been told: libbpf speaks while the GIL is released.
    pending: Vec<(u32, String)>,
}

static LISTENER: Mutex<Option<Listener>> = Mutex::new(None);

fn listener() -> MutexGuard<'static, Option<Listener>> {
    LISTENER.lock().unwrap_or_else(PoisonError::into_inner)
}

fn keep(level: PrintLevel, message: String) {
    if level == PrintLevel::Warn {
        MESSAGES.with_borrow_mut(|messages| {
            if let Some(messages) = messages.as_mut().filter(|text| text.len() < LIMIT) {
                messages.push_str(&message);
            }
        });
    }
    if let Some(listener) = listener().as_mut() {
        let level = match level {
            PrintLevel::Warn => WARNING,
            PrintLevel::Info => INFO,
            PrintLevel::Debug => DEBUG,
        };
        listener.pending.push((level, message));
    }
}

/// Makes this module the receiver of libbpf's warnings.
pub fn install() {
    set_print(Some((PrintLevel::Warn, keep)));
}

/// Has `callback(level, message)` told what libbpf says from now on, down to `level`; with None, nobody.
pub fn set_callback(callback: Option<Py<PyAny>>, level: u32) {
    let most = match level {
        _ if callback.is_none() => PrintLevel::Warn,
        0..INFO => PrintLevel::Debug,
        INFO..WARNING => PrintLevel::Info,
        _ => PrintLevel::Warn,
    };
    let next = callback.map(|callback| Listener { callback, pending: Vec::new() });
    // What it replaces is dropped without the lock, since dropping may run Python.
    let _before = mem::replace(&mut *listener(), next);
    set_print(Some((most, keep)));
}

/// Tells the callback what was said since the last time. An exception of its own is reported, and goes no further.
pub fn deliver(py: Python<'_>) {
    let told = listener().as_mut().map(|listener| (listener.callback.clone_ref(py), mem::take(&mut listener.pending)));
    let Some((callback, pending)) = told else { return };
    for (level, message) in pending {
        if let Err(error) = callback.call1(py, (level, message.trim_end())) {
            error.write_unraisable(py, Some(callback.bind(py)));
        }
    }
}

/// What `action` returns, and what libbpf said meanwhile in this thread.
pub fn capture<T>(action: impl FnOnce() -> T) -> (T, String) {
    MESSAGES.with_borrow_mut(|messages| *messages = Some(String::new()));
    let result = action();
    let messages = MESSAGES.with_borrow_mut(Option::take);
    (result, messages.unwrap_or_default())
}
