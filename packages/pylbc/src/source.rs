//! Where events come from: libbpf's ring buffer or perf buffer, copied out record by record.

use std::cell::UnsafeCell;
use std::io;
use std::sync::Arc;

use libbpf_rs::{MapHandle, PerfBuffer, PerfBufferBuilder, RingBuffer, RingBufferBuilder};

use crate::error::Failure;
use crate::map::Map;

/// A perf sample is padded so that its size field and data fill whole words. See kernel/trace/bpf_trace.c.
pub const PERF_PADDING: usize = 7;

/// Records in the order of their arrival, end to end.
#[derive(Debug, Default)]
pub struct Batch {
    pub bytes: Vec<u8>,
    /// Start and length of each.
    pub records: Vec<(usize, usize)>,
    /// From which record on a CPU sent them; a ring buffer does not tell.
    senders: Vec<(usize, i32)>,
    /// CPU and number of records that the kernel could not store.
    pub lost: Vec<(i32, u64)>,
}

impl Batch {
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.records.clear();
        self.senders.clear();
    }

    fn push(&mut self, cpu: Option<i32>, record: &[u8]) {
        let last = self.senders.last().map(|&(_, cpu)| cpu);
        if let Some(cpu) = cpu.filter(|&cpu| last != Some(cpu)) {
            self.senders.push((self.records.len(), cpu));
        }
        self.records.push((self.bytes.len(), record.len()));
        self.bytes.extend_from_slice(record);
    }

    /// The CPU that sent the last one of the first `count` records.
    pub fn sender(&self, count: usize) -> Option<i32> {
        let runs = self.senders.partition_point(|&(first, _)| first < count);
        runs.checked_sub(1).map(|run| self.senders[run].1)
    }
}

/// What libbpf's callbacks write to.
#[derive(Debug, Default)]
struct Sink(UnsafeCell<Batch>);

// SAFETY: only the callbacks of one buffer and `Source` touch it, all of them under the lock of `Reader::source`.
unsafe impl Send for Sink {}
// SAFETY: as above.
unsafe impl Sync for Sink {}

/// The longest and shortest record, in bytes, and how much padding may follow it.
#[derive(Clone, Copy, Debug)]
pub struct Contract {
    pub least: usize,
    pub most: Option<usize>,
    pub padding: usize,
}

impl Contract {
    /// The length of a record without the padding behind it.
    fn trimmed(&self, length: usize) -> usize {
        match self.most {
            Some(most) if length > most && length <= most + self.padding => most,
            _ => length,
        }
    }
}

impl Sink {
    fn push(&self, cpu: Option<i32>, record: &[u8], contract: Contract) {
        // SAFETY: see `Sync`.
        let batch = unsafe { &mut *self.0.get() };
        batch.push(cpu, &record[..contract.trimmed(record.len())]);
    }

    fn is_empty(&self) -> bool {
        // SAFETY: see `Sync`.
        unsafe { &*self.0.get() }.records.is_empty()
    }

    fn lost(&self, cpu: i32, count: u64) {
        // SAFETY: see `Sync`.
        unsafe { &mut *self.0.get() }.lost.push((cpu, count));
    }
}

#[derive(Debug)]
enum Buffer {
    Ring(RingBuffer<'static>),
    Perf(PerfBuffer<'static>),
}

#[derive(Debug)]
pub struct Source {
    buffer: Buffer,
    sink: Arc<Sink>,
    /// Keeps the map, and with it the descriptor that epoll watches, open.
    _map: MapHandle,
}

impl Source {
    /// `pages` are those of each CPU's perf buffer; None for a ring buffer.
    pub fn open(map: &Map, contract: Contract, pages: Option<usize>) -> Result<Self, Failure> {
        let handle = map.handle()?;
        let sink = Arc::new(Sink::default());
        let samples = sink.clone();
        let buffer = match pages {
            None => {
                let mut builder = RingBufferBuilder::new();
                let built = builder
                    .add(&handle, move |record| {
                        samples.push(None, record, contract);
                        0
                    })
                    .map(|_| ());
                built.and_then(|()| builder.build()).map(Buffer::Ring)
            }
            Some(pages) => {
                let losses = sink.clone();
                PerfBufferBuilder::new(&handle)
                    .pages(pages)
                    .sample_cb(move |cpu, record: &[u8]| samples.push(Some(cpu), record, contract))
                    .lost_cb(move |cpu, count| losses.lost(cpu, count))
                    .build()
                    .map(Buffer::Perf)
            }
        };
        let buffer = buffer.map_err(|error| Failure::libbpf("reader-failed", "event reader", &error))?;
        Ok(Self { buffer, sink, _map: handle })
    }

    pub fn epoll_fd(&self) -> i32 {
        match &self.buffer {
            Buffer::Ring(ring) => ring.epoll_fd(),
            Buffer::Perf(perf) => perf.epoll_fd(),
        }
    }

    /// Moves about `want` records into the sink, without waiting; whether some are there.
    ///
    /// A perf buffer gives all, because its descriptor tells once only that a CPU has some.
    pub fn consume(&mut self, want: usize) -> io::Result<bool> {
        match &self.buffer {
            Buffer::Ring(ring) => {
                let result = ring.consume_raw_n(want);
                if result < 0 {
                    return Err(io::Error::from_raw_os_error(-result));
                }
            }
            Buffer::Perf(perf) => {
                for cpu in 0..perf.buffer_cnt() {
                    // A CPU that is offline has no buffer; that is no error.
                    let _ = perf.consume_buffer(cpu);
                }
            }
        }
        Ok(!self.sink.is_empty())
    }

    /// What the callbacks wrote.
    pub fn batch(&mut self) -> &mut Batch {
        // SAFETY: see `Sink`; `&mut self` says that no callback runs.
        unsafe { &mut *self.sink.0.get() }
    }
}
