//! libbpf explains failures through a print callback of the whole process; here its words become part of the error.

use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

use libbpf_rs::{PrintCallback, PrintLevel, get_print, set_print};

type Messages = Vec<(PrintLevel, String)>;

thread_local! {
    /// The messages of the operation that this thread is in.
    static CAPTURED: RefCell<Option<Messages>> = const { RefCell::new(None) };
}

/// Where messages go that nobody captures: the callback that the user, or libbpf-rs, had set.
static PASSED_ON: Mutex<Option<(PrintLevel, PrintCallback)>> = Mutex::new(None);

/// Runs an operation of libbpf. Where it fails, `failed` gets what libbpf said, which is then not printed.
pub(crate) fn explain<T, E, F>(
    action: impl FnOnce() -> Result<T, E>,
    failed: impl FnOnce(E, String) -> F,
) -> Result<T, F> {
    install();
    CAPTURED.set(Some(Vec::new()));
    let result = action();
    let messages = CAPTURED.take().unwrap_or_default();
    match result {
        Ok(value) => {
            for (level, message) in messages {
                pass_on(level, message);
            }
            Ok(value)
        }
        Err(error) => Err(failed(
            error,
            messages.into_iter().map(|(_, message)| message).collect(),
        )),
    }
}

/// The message of an error, and behind it the first thing that libbpf said: there the operation failed.
pub(crate) fn with_first_words(message: String, log: &str) -> String {
    match log.lines().next() {
        Some(line) => format!("{message}: {}", line.trim_start_matches("libbpf: ")),
        None => message,
    }
}

/// Again before each operation: the user may have set a callback in between.
fn install() {
    let mut passed_on = PASSED_ON.lock().unwrap_or_else(PoisonError::into_inner);
    let current = get_print();
    if current
        .is_some_and(|(_, callback)| std::ptr::fn_addr_eq(callback, on_message as PrintCallback))
    {
        return;
    }
    *passed_on = current;
    let level = current.map_or(PrintLevel::Info, |(level, _)| level.max(PrintLevel::Info));
    set_print(Some((level, on_message)));
}

fn on_message(level: PrintLevel, message: String) {
    let rest = CAPTURED.with_borrow_mut(|captured| match captured {
        Some(messages) => {
            messages.push((level, message));
            None
        }
        None => Some(message),
    });
    if let Some(message) = rest {
        pass_on(level, message);
    }
}

fn pass_on(level: PrintLevel, message: String) {
    let passed_on = *PASSED_ON.lock().unwrap_or_else(PoisonError::into_inner);
    match passed_on {
        Some((most, callback)) if level <= most => callback(level, message),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_failed_operation_are_captured_and_not_printed() {
        let open = || libbpf_rs::ObjectBuilder::default().open_memory(b"no object at all");
        let log = explain(open, |_, log| log).map(|_| ()).unwrap_err();
        assert!(log.contains("libbpf"), "{log}");
        assert!(CAPTURED.take().is_none());
    }
}
