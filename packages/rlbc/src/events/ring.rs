use std::ops::ControlFlow;
use std::slice;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use libbpf_rs::{MapCore as _, MapHandle};

use super::mapping::{Mapping, page_size};
use super::record::Record;
use crate::Result;

/// Bits of a record's length: the program still writes it, or it was discarded. @see include/uapi/linux/bpf.h
const BUSY: u32 = 1 << 31;
const DISCARD: u32 = 1 << 30;
/// A record's header: its length, and an offset that only the kernel uses.
const HEADER: u64 = 8;

/// A ring buffer's pages, read in place. @see <https://docs.kernel.org/bpf/ringbuf.html>
///
/// Done here and not through libbpf's callback, which costs an indirect call for each record and cannot stop after one.
pub(super) struct Ring {
    consumer_page: Mapping,
    /// The producer's page, then the data twice, so that a record that wraps is in one piece.
    producer_pages: Mapping,
    page: usize,
    mask: u64,
    consumed: u64,
    /// Nothing behind this position is read any more.
    end: Option<u64>,
}

impl Ring {
    pub(super) fn new(map: &MapHandle) -> Result<Self> {
        let (page, size) = (page_size(), map.max_entries() as usize);
        let consumer_page = Mapping::new(map, 0, page, true)?;
        let producer_pages = Mapping::new(map, page, page + 2 * size, false)?;
        Ok(Self {
            consumer_page,
            producer_pages,
            page,
            mask: size as u64 - 1,
            consumed: 0,
            end: None,
        })
    }

    /// Calls `each` for every record that is complete now, until it breaks. A record is given back to the kernel once
    /// `each` is done with it.
    #[inline]
    pub(super) fn drain(
        &mut self,
        mut each: impl FnMut(Record<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let end = self
            .end
            .unwrap_or_else(|| self.producer().load(Ordering::Acquire));
        // Another process may have read since; the position in the kernel's page is the only true one.
        self.consumed = self.consumer().load(Ordering::Acquire);
        while self.consumed < end {
            let header = self.header().load(Ordering::Acquire);
            if header & BUSY != 0 {
                break;
            }
            // Bounded, since another process that reads the same ring could let the kernel overwrite the header.
            let size = u64::from(header & !(BUSY | DISCARD)).min(self.mask + 1 - HEADER);
            let flow = if header & DISCARD == 0 {
                each(Record {
                    bytes: self.bytes(size as usize),
                    cpu: None,
                })
            } else {
                ControlFlow::Continue(())
            };
            self.consumed += (size + HEADER).next_multiple_of(8);
            self.consumer().store(self.consumed, Ordering::Release);
            flow?;
        }
        ControlFlow::Continue(())
    }

    /// From now on, only what has been produced by now is read.
    pub(super) fn freeze(&mut self) {
        let produced = self.producer().load(Ordering::Acquire);
        self.end.get_or_insert(produced);
    }

    fn consumer(&self) -> &AtomicU64 {
        // SAFETY: the page begins with the position, and lives as long as `self`.
        unsafe { AtomicU64::from_ptr(self.consumer_page.start().cast().as_ptr()) }
    }

    fn producer(&self) -> &AtomicU64 {
        // SAFETY: as above; an aligned 64-bit load needs no write access.
        unsafe { AtomicU64::from_ptr(self.producer_pages.start().cast().as_ptr()) }
    }

    fn header(&self) -> &AtomicU32 {
        let offset = self.page + (self.consumed & self.mask) as usize;
        // SAFETY: the offset lies in the data, and records are aligned to 8 bytes.
        unsafe { AtomicU32::from_ptr(self.producer_pages.start().add(offset).cast().as_ptr()) }
    }

    fn bytes(&self, size: usize) -> &[u8] {
        let offset = self.page + (self.consumed & self.mask) as usize + HEADER as usize;
        // SAFETY: the kernel keeps a record inside of the data, which is mapped twice, and leaves it alone until the
        // consumer's position has passed it; that is stored after the slice's last use.
        unsafe { slice::from_raw_parts(self.producer_pages.start().add(offset).as_ptr(), size) }
    }
}
