//! Where the bytes of a value are: in a copy of its own, or in a section that the kernel shares.

use std::cell::Cell;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU8, Ordering};

use pyo3::exceptions::PyIndexError;
use pyo3::{PyErr, PyResult};

use crate::error::Failure;

/// What an object has come to; every map, program and section of it looks here.
#[derive(Debug, Default)]
pub struct Lifecycle(AtomicU8);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Open,
    Loaded,
    Closed,
}

impl Lifecycle {
    pub fn stage(&self) -> Stage {
        match self.0.load(Ordering::Acquire) {
            0 => Stage::Open,
            1 => Stage::Loaded,
            _ => Stage::Closed,
        }
    }

    pub fn enter(&self, stage: Stage) {
        let number = match stage {
            Stage::Open => 0,
            Stage::Loaded => 1,
            Stage::Closed => 2,
        };
        self.0.store(number, Ordering::Release);
    }

    /// Fails unless the object is loaded; `what` begins the message.
    pub fn require_loaded(&self, what: impl AsRef<str>) -> Result<(), Failure> {
        match self.stage() {
            Stage::Loaded => Ok(()),
            Stage::Open => Err(Failure::new("not-loaded", format!("{} is there after load() only", what.as_ref()))
                .hint("call load() first")),
            Stage::Closed => Err(closed(what)),
        }
    }

    /// Fails unless the object is open and not loaded yet.
    pub fn require_open(&self, what: impl AsRef<str>) -> Result<(), Failure> {
        match self.stage() {
            Stage::Open => Ok(()),
            Stage::Loaded => {
                Err(Failure::new("already-loaded", format!("{} can change before load() only", what.as_ref())))
            }
            Stage::Closed => Err(closed(what)),
        }
    }
}

fn closed(what: impl AsRef<str>) -> Failure {
    Failure::new("closed", format!("{}: the object is closed", what.as_ref()))
}

/// Until when user space may write a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WritePolicy {
    BeforeLoad,
    Always,
    Never,
}

/// The memory of `.rodata`, `.data`, `.bss` and their like: libbpf's image before load, the kernel's map after it, at one address.
#[derive(Debug)]
pub struct Section {
    pub name: String,
    pub policy: WritePolicy,
    pub lifecycle: Arc<Lifecycle>,
    /// Null where the kernel could not map it.
    pub data: AtomicPtr<u8>,
    pub size: usize,
}

impl Section {
    fn base(&self, write: bool) -> Result<NonNull<u8>, Failure> {
        match (self.lifecycle.stage(), write) {
            (Stage::Closed, _) => return Err(closed(&self.name)),
            (Stage::Open, false) if self.policy != WritePolicy::BeforeLoad => {
                self.lifecycle.require_loaded(&self.name)?;
            }
            (Stage::Loaded, true) if self.policy == WritePolicy::BeforeLoad => {
                self.lifecycle.require_open(&self.name)?;
            }
            (_, true) if self.policy == WritePolicy::Never => {
                return Err(Failure::new("read-only", format!("{} cannot be written", self.name)));
            }
            _ => {}
        }
        NonNull::new(self.data.load(Ordering::Acquire)).ok_or_else(|| {
            Failure::new("not-mapped", format!("{} is not mapped into memory", self.name))
                .hint("memory-mapped maps came with Linux 5.5")
        })
    }
}

/// The bytes behind one or more values; a nested value shares its parent's.
#[derive(Clone, Debug)]
pub enum Memory {
    Owned {
        bytes: Arc<[Cell<u8>]>,
        /// How many of them arrived; what follows is zero.
        received: usize,
    },
    Section(Arc<Section>),
}

// SAFETY: `Cell` is reached by threads that hold the GIL only; the module is not declared free-threaded (`gil_used`).
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

impl Memory {
    pub fn zeroed(size: usize) -> Self {
        Self::owned(Arc::from(vec![0; size]), size)
    }

    /// A copy of `data`, followed by zeros where it is shorter than `size`.
    pub fn copied(data: &[u8], size: usize) -> Self {
        if data.len() >= size {
            return Self::owned(Arc::from(data), data.len());
        }
        let mut whole = vec![0; size];
        whole[..data.len()].copy_from_slice(data);
        Self::owned(Arc::from(whole), data.len())
    }

    fn owned(bytes: Arc<[u8]>, received: usize) -> Self {
        // SAFETY: `Cell<u8>` has the layout of `u8`, and this is the only reference to the fresh allocation.
        let bytes = unsafe { Arc::from_raw(Arc::into_raw(bytes) as *const [Cell<u8>]) };
        Self::Owned { bytes, received }
    }

    /// How many bytes there really are: where a flexible array ends.
    pub fn received(&self) -> usize {
        match self {
            Self::Owned { received, .. } => *received,
            Self::Section(section) => section.size,
        }
    }

    pub fn size(&self) -> usize {
        match self {
            Self::Owned { bytes, .. } => bytes.len(),
            Self::Section(section) => section.size,
        }
    }

    #[inline]
    fn at(&self, offset: usize, length: usize, write: bool) -> PyResult<NonNull<u8>> {
        let end = offset.checked_add(length);
        if end.is_none_or(|end| end > self.size()) {
            return Err(self.outside(offset, length));
        }
        let base = match self {
            Self::Owned { bytes, .. } => NonNull::from(&**bytes).cast(),
            Self::Section(section) => section.base(write)?,
        };
        // SAFETY: the range was checked against the size of the allocation.
        Ok(unsafe { base.add(offset) })
    }

    #[cold]
    fn outside(&self, offset: usize, length: usize) -> PyErr {
        PyIndexError::new_err(format!("{length} bytes at {offset} are not in a value of {} bytes", self.size()))
    }

    /// 1, 2, 4 or 8 bytes as a number in the machine's byte order. An aligned word is read at once, so that a counter never tears.
    #[inline]
    pub fn word(&self, offset: usize, width: usize) -> PyResult<u64> {
        let source = self.at(offset, width, false)?.as_ptr();
        // SAFETY: `at` checked the range; each cast is guarded by its width and alignment.
        unsafe {
            Ok(match width {
                1 => u64::from(source.read_volatile()),
                2 if source.cast::<u16>().is_aligned() => u64::from(source.cast::<u16>().read_volatile()),
                4 if source.cast::<u32>().is_aligned() => u64::from(source.cast::<u32>().read_volatile()),
                8 if source.cast::<u64>().is_aligned() => source.cast::<u64>().read_volatile(),
                _ => {
                    let mut word = [0; 8];
                    let start = if cfg!(target_endian = "big") { 8 - width } else { 0 };
                    ptr::copy_nonoverlapping(source, word[start..].as_mut_ptr(), width);
                    u64::from_ne_bytes(word)
                }
            })
        }
    }

    /// Writes the low `width` bytes (1, 2, 4 or 8) of a number in the machine's byte order, an aligned word at once.
    pub fn set_word(&self, offset: usize, width: usize, value: u64) -> PyResult<()> {
        let target = self.at(offset, width, true)?.as_ptr();
        // SAFETY: as in `word`; truncation to the width is meant.
        unsafe {
            match width {
                1 => target.write_volatile(value as u8),
                2 if target.cast::<u16>().is_aligned() => target.cast::<u16>().write_volatile(value as u16),
                4 if target.cast::<u32>().is_aligned() => target.cast::<u32>().write_volatile(value as u32),
                8 if target.cast::<u64>().is_aligned() => target.cast::<u64>().write_volatile(value),
                _ => {
                    let word = value.to_ne_bytes();
                    let start = if cfg!(target_endian = "big") { 8 - width } else { 0 };
                    ptr::copy_nonoverlapping(word[start..].as_ptr(), target, width);
                }
            }
        }
        Ok(())
    }

    pub fn read(&self, offset: usize, out: &mut [u8]) -> PyResult<()> {
        let source = self.at(offset, out.len(), false)?;
        // SAFETY: `at` checked the range, and `out` is memory of our own.
        unsafe { ptr::copy_nonoverlapping(source.as_ptr(), out.as_mut_ptr(), out.len()) };
        Ok(())
    }

    pub fn bytes(&self, offset: usize, length: usize) -> PyResult<Vec<u8>> {
        let mut out = vec![0; length];
        self.read(offset, &mut out)?;
        Ok(out)
    }

    /// Reads bytes, lets `change` work on them and writes them back: what a bit-field needs, with the right to write only.
    pub fn update(&self, offset: usize, bytes: &mut [u8], change: impl FnOnce(&mut [u8])) -> PyResult<()> {
        let target = self.at(offset, bytes.len(), true)?.as_ptr();
        // SAFETY: `at` checked the range, and `bytes` is memory of our own.
        unsafe {
            ptr::copy_nonoverlapping(target, bytes.as_mut_ptr(), bytes.len());
            change(bytes);
            ptr::copy_nonoverlapping(bytes.as_ptr(), target, bytes.len());
        }
        Ok(())
    }

    pub fn write(&self, offset: usize, data: &[u8]) -> PyResult<()> {
        let target = self.at(offset, data.len(), true)?;
        // SAFETY: `at` checked the range; `data` may be a copy of the same memory, never a view of it.
        unsafe { ptr::copy_nonoverlapping(data.as_ptr(), target.as_ptr(), data.len()) };
        Ok(())
    }
}
