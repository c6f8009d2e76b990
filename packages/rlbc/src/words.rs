//! Memory that others write meanwhile: each aligned word is read and written in one access.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};

/// # Safety
/// As many bytes as `bytes` has can be read and written from `start`, and others access them atomically or from elsewhere.
pub(crate) unsafe fn load(start: NonNull<u8>, bytes: &mut [u8]) {
    match word_size(start, bytes.len()) {
        8 => load_each::<8>(start, bytes, |word| {
            // SAFETY: `word` is an aligned word inside of the memory, shared with others that access it whole.
            unsafe { AtomicU64::from_ptr(word.cast().as_ptr()) }
                .load(Ordering::Relaxed)
                .to_ne_bytes()
        }),
        4 => load_each::<4>(start, bytes, |word| {
            // SAFETY: as above.
            unsafe { AtomicU32::from_ptr(word.cast().as_ptr()) }
                .load(Ordering::Relaxed)
                .to_ne_bytes()
        }),
        2 => load_each::<2>(start, bytes, |word| {
            // SAFETY: as above.
            unsafe { AtomicU16::from_ptr(word.cast().as_ptr()) }
                .load(Ordering::Relaxed)
                .to_ne_bytes()
        }),
        _ => load_each::<1>(start, bytes, |word| {
            // SAFETY: as above.
            [unsafe { AtomicU8::from_ptr(word.as_ptr()) }.load(Ordering::Relaxed)]
        }),
    }
}

/// # Safety
/// As for [`load`].
pub(crate) unsafe fn store(start: NonNull<u8>, bytes: &[u8]) {
    match word_size(start, bytes.len()) {
        8 => store_each::<8>(start, bytes, |word, value| {
            // SAFETY: `word` is an aligned word inside of the memory, shared with others that access it whole.
            let word = unsafe { AtomicU64::from_ptr(word.cast().as_ptr()) };
            word.store(u64::from_ne_bytes(value), Ordering::Relaxed);
        }),
        4 => store_each::<4>(start, bytes, |word, value| {
            // SAFETY: as above.
            let word = unsafe { AtomicU32::from_ptr(word.cast().as_ptr()) };
            word.store(u32::from_ne_bytes(value), Ordering::Relaxed);
        }),
        2 => store_each::<2>(start, bytes, |word, value| {
            // SAFETY: as above.
            let word = unsafe { AtomicU16::from_ptr(word.cast().as_ptr()) };
            word.store(u16::from_ne_bytes(value), Ordering::Relaxed);
        }),
        _ => store_each::<1>(start, bytes, |word, [value]| {
            // SAFETY: as above.
            unsafe { AtomicU8::from_ptr(word.as_ptr()) }.store(value, Ordering::Relaxed);
        }),
    }
}

/// The largest word that divides address and size.
fn word_size(start: NonNull<u8>, size: usize) -> usize {
    let bits = start.addr().get() | size;
    [8, 4, 2]
        .into_iter()
        .find(|word| bits % word == 0)
        .unwrap_or(1)
}

fn load_each<const WORD: usize>(
    start: NonNull<u8>,
    bytes: &mut [u8],
    read: impl Fn(NonNull<u8>) -> [u8; WORD],
) {
    for (index, chunk) in bytes.chunks_exact_mut(WORD).enumerate() {
        // SAFETY: `bytes` is as long as the memory.
        chunk.copy_from_slice(&read(unsafe { start.add(index * WORD) }));
    }
}

fn store_each<const WORD: usize>(
    start: NonNull<u8>,
    bytes: &[u8],
    write: impl Fn(NonNull<u8>, [u8; WORD]),
) {
    for (index, chunk) in bytes.chunks_exact(WORD).enumerate() {
        let mut word = [0; WORD];
        word.copy_from_slice(chunk);
        // SAFETY: `bytes` is as long as the memory.
        write(unsafe { start.add(index * WORD) }, word);
    }
}
