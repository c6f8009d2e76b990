//! The numbers of errors, as the kernel gave them.

/// libbpf-rs keeps its `io::Error` to itself; what the standard library prints of one ends with its number.
#[must_use]
pub fn errno_of(error: &libbpf_rs::Error) -> Option<i32> {
    let text = format!("{error:#}");
    let (_, number) = text.rsplit_once("(os error ")?;
    number.strip_suffix(')')?.parse().ok()
}
