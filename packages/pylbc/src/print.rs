//! libbpf's messages, the verifier's log among them: kept for the error of the call that caused them, never printed.

use std::cell::RefCell;

use libbpf_rs::{PrintLevel, set_print};

/// A verifier's log may have 16 MB; of more, the end is what tells why.
const LIMIT: usize = 1 << 24;

thread_local! {
    static MESSAGES: RefCell<Option<String>> = const { RefCell::new(None) };
}

fn keep(_level: PrintLevel, message: String) {
    MESSAGES.with_borrow_mut(|messages| {
        if let Some(messages) = messages.as_mut().filter(|text| text.len() < LIMIT) {
            messages.push_str(&message);
        }
    });
}

/// Makes this module the receiver of libbpf's warnings.
pub fn install() {
    set_print(Some((PrintLevel::Warn, keep)));
}

/// What `action` returns, and what libbpf said meanwhile in this thread.
pub fn capture<T>(action: impl FnOnce() -> T) -> (T, String) {
    MESSAGES.with_borrow_mut(|messages| *messages = Some(String::new()));
    let result = action();
    let messages = MESSAGES.with_borrow_mut(Option::take);
    (result, messages.unwrap_or_default())
}
