use std::ops::ControlFlow;
use std::os::fd::RawFd;
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::atomic::{AtomicU64, Ordering};

use libbpf_rs::{AsRawLibbpf as _, MapHandle, PerfBuffer, PerfBufferBuilder, libbpf_sys};

use super::record::Record;
use crate::{Error, ErrorCode, Result};

/// `struct perf_event_header`: u32 type, u16 misc, u16 size. @see include/uapi/linux/perf_event.h
const HEADER: usize = 8;
const PERF_RECORD_LOST: u32 = 2;
const PERF_RECORD_SAMPLE: u32 = 9;
/// Offsets in `struct perf_event_mmap_page`.
const DATA_HEAD: usize = 1024;
const DATA_TAIL: usize = 1032;
const DATA_OFFSET: usize = 1040;
const DATA_SIZE: usize = 1048;

/// The rings of a perf event array, one for each CPU: libbpf opens and maps them, they are read here, in place.
pub(super) struct PerfRings {
    rings: Vec<CpuRing>,
    /// Whose turn it is: what a ring had when its turn began is read before the next one's, so that none starves.
    current: usize,
    losses: Losses,
    buffer: PerfBuffer<'static>,
}

impl PerfRings {
    pub(super) fn new(map: &MapHandle, pages: usize) -> Result<Self> {
        let buffer = PerfBufferBuilder::new(map)
            .pages(pages)
            .build()
            .map_err(|source| {
                Error::new(
                    ErrorCode::System,
                    "cannot open the rings of a perf event array",
                )
                .with_source(source)
            })?;
        let cpus = buffer.buffer_cnt();
        let rings = (0..cpus)
            .filter_map(|cpu| CpuRing::new(&buffer, cpu))
            .collect();
        Ok(Self {
            rings,
            current: 0,
            losses: Losses::default(),
            buffer,
        })
    }

    /// As [`Ring::drain`](super::ring::Ring::drain), the CPUs in turn.
    pub(super) fn drain(
        &mut self,
        mut each: impl FnMut(Record<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        // One more than there are, since the first one may only have the rest of its turn.
        for _ in 0..=self.rings.len() {
            let Some(ring) = self.rings.get_mut(self.current) else {
                break;
            };
            let flow = ring.drain(&mut self.losses, &mut each);
            if ring.tail >= ring.until {
                self.current = (self.current + 1) % self.rings.len();
            }
            flow?;
        }
        ControlFlow::Continue(())
    }

    pub(super) fn freeze(&mut self) {
        for ring in &mut self.rings {
            let head = ring.head();
            ring.end.get_or_insert(head);
        }
    }

    /// Records that did not fit into the rings so far.
    pub(super) fn lost(&self) -> u64 {
        self.losses.total
    }

    /// From now on, `callback` is told each loss: the CPU, and how many records.
    pub(super) fn on_lost(&mut self, callback: OnLost) {
        self.losses.callback = Some(callback);
    }

    /// A descriptor that is readable when a ring is.
    pub(super) fn fd(&self) -> RawFd {
        self.buffer.epoll_fd()
    }
}

/// What is called with a CPU and the number of records that it lost.
pub(super) type OnLost = Box<dyn FnMut(u32, u64) + Send>;

#[derive(Default)]
struct Losses {
    total: u64,
    callback: Option<OnLost>,
}

impl Losses {
    fn add(&mut self, cpu: u32, count: u64) {
        self.total += count;
        if let Some(callback) = &mut self.callback {
            callback(cpu, count);
        }
    }
}

struct CpuRing {
    /// The control page; the data follow at `data_offset`.
    page: NonNull<u8>,
    data: NonNull<u8>,
    size: usize,
    cpu: u32,
    tail: u64,
    /// Where its turn ends.
    until: u64,
    end: Option<u64>,
    /// A record that wraps is put together here.
    wrapped: Vec<u8>,
}

// SAFETY: the memory belongs to the process, not to a thread.
unsafe impl Send for CpuRing {}

impl CpuRing {
    /// `None` where the CPU is offline, which libbpf leaves out.
    fn new(buffer: &PerfBuffer<'_>, cpu: usize) -> Option<Self> {
        let (mut base, mut mapped) = (ptr::null_mut(), 0);
        let buffer = buffer.as_libbpf_object().as_ptr();
        // SAFETY: the buffer is valid, and both results are written.
        let result =
            unsafe { libbpf_sys::perf_buffer__buffer(buffer, cpu as i32, &mut base, &mut mapped) };
        let page = NonNull::new(base.cast::<u8>()).filter(|_| result == 0)?;
        // SAFETY: the control page is mapped, and these two members do not change.
        let [offset, size] = [DATA_OFFSET, DATA_SIZE]
            .map(|at| unsafe { page.add(at).cast::<u64>().read() } as usize);
        // SAFETY: the data lie behind the control page, in the same mapping.
        let data = unsafe { page.add(offset) };
        let mut ring = Self {
            page,
            data,
            size,
            cpu: cpu as u32,
            tail: 0,
            until: 0,
            end: None,
            wrapped: Vec::new(),
        };
        ring.tail = ring.position(DATA_TAIL).load(Ordering::Relaxed);
        ring.until = ring.tail;
        Some(ring)
    }

    fn drain(
        &mut self,
        losses: &mut Losses,
        each: &mut impl FnMut(Record<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if self.tail >= self.until {
            self.until = self.end.unwrap_or_else(|| self.head());
        }
        while self.tail < self.until {
            let cpu = self.cpu;
            let record = self.record();
            let (header, body) = record.split_at(HEADER);
            let mut flow = ControlFlow::Continue(());
            match u32::from_ne_bytes([header[0], header[1], header[2], header[3]]) {
                PERF_RECORD_SAMPLE => {
                    if let Some((length, rest)) = body.split_first_chunk() {
                        let length = (u32::from_ne_bytes(*length) as usize).min(rest.len());
                        flow = each(Record {
                            bytes: &rest[..length],
                            cpu: Some(cpu),
                        });
                    }
                }
                // u64 id, u64 lost
                PERF_RECORD_LOST => {
                    if let Some(count) = body.get(8..).and_then(<[u8]>::first_chunk) {
                        losses.add(cpu, u64::from_ne_bytes(*count));
                    }
                }
                _ => {}
            }
            self.tail += record.len() as u64;
            self.position(DATA_TAIL).store(self.tail, Ordering::Release);
            flow?;
        }
        ControlFlow::Continue(())
    }

    fn head(&self) -> u64 {
        self.position(DATA_HEAD).load(Ordering::Acquire)
    }

    fn position(&self, offset: usize) -> &AtomicU64 {
        // SAFETY: the control page is mapped as long as the rings live, and its positions are aligned.
        unsafe { AtomicU64::from_ptr(self.page.add(offset).cast().as_ptr()) }
    }

    /// The record at the tail, in one piece, with its header.
    fn record(&mut self) -> &[u8] {
        let start = self.tail as usize & (self.size - 1);
        let header = self.part(start, HEADER);
        // The kernel writes no record without a size, which would never end.
        let size = usize::from(u16::from_ne_bytes([header[6], header[7]])).clamp(HEADER, self.size);
        let first = self.size - start;
        if size <= first {
            return self.part(start, size);
        }
        let wrapped = [self.part(start, first), self.part(0, size - first)].concat();
        self.wrapped = wrapped;
        &self.wrapped
    }

    /// Records begin at multiples of 8 bytes, so a header never wraps.
    fn part(&self, start: usize, size: usize) -> &[u8] {
        assert!(start + size <= self.size);
        // SAFETY: it lies inside of the data, which the kernel leaves alone until the tail has passed it.
        unsafe { slice::from_raw_parts(self.data.add(start).as_ptr(), size) }
    }
}
