//! Ring buffers and perf event arrays: records are copied out in batches with the GIL released.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes};

use crate::codec::Codec;
use crate::error::Failure;
use crate::map::Map;
use crate::memory::Memory;
use crate::source::{Batch, Contract, PERF_PADDING, Source};

/// How long a wait goes on before Python may look for signals.
const SLICE: Duration = Duration::from_millis(100);
/// How many records an iteration takes from the buffer at once.
const READ_AHEAD: usize = 1024;

/// Readable while records are ready: those have left the buffer, whose own descriptor is silent about them.
#[derive(Debug)]
struct Bell {
    event: OwnedFd,
    rings: bool,
}

impl Bell {
    /// Puts it into a source's epoll set, which the source watches and never reads itself.
    fn hang(epoll_fd: i32) -> io::Result<Self> {
        let event = event_fd()?;
        let mut interest = libc::epoll_event { events: libc::EPOLLIN as u32, u64: 0 };
        // SAFETY: both descriptors are open, and the interest is read only.
        match unsafe { libc::epoll_ctl(epoll_fd, libc::EPOLL_CTL_ADD, event.as_raw_fd(), &mut interest) } {
            0 => Ok(Self { event, rings: false }),
            _ => Err(io::Error::last_os_error()),
        }
    }

    fn ring(&mut self, rings: bool) {
        if self.rings == rings {
            return;
        }
        self.rings = rings;
        let (fd, mut count) = (self.event.as_raw_fd(), 1u64);
        let counter = (&raw mut count).cast();
        // SAFETY: eight bytes of our own. Neither call can fail: the counter goes between 0 and 1.
        unsafe { if rings { libc::write(fd, counter, 8) } else { libc::read(fd, counter, 8) } };
    }
}

/// What was read and not handed out yet.
#[derive(Debug, Default)]
struct Ready {
    batch: Batch,
    cursor: usize,
    /// None until somebody asks for a descriptor.
    bell: Option<Bell>,
}

impl Ready {
    fn left(&self) -> usize {
        self.batch.records.len() - self.cursor
    }

    /// Takes over what was read; all that was there before is handed out.
    fn refill(&mut self, batch: &mut Batch) {
        std::mem::swap(&mut self.batch, batch);
        self.advance_to(0);
    }

    #[inline]
    fn advance_to(&mut self, cursor: usize) {
        self.cursor = cursor;
        if let Some(bell) = &mut self.bell {
            bell.ring(cursor < self.batch.records.len());
        }
    }
}

enum Wait {
    Records,
    Timeout,
    Stopped,
}

/// The one reader of a ring buffer or perf event array; iteration gives events until `stop()` or `close()`.
#[pyclass(frozen, module = "pylbc._native")]
#[derive(Debug)]
pub struct Reader {
    name: String,
    source: Mutex<Option<Source>>,
    ready: Mutex<Ready>,
    /// None: events are bytes.
    codec: Option<Py<Codec>>,
    contract: Contract,
    stop_event: OwnedFd,
    stopped: AtomicBool,
    lost: AtomicU64,
    on_lost: Mutex<Option<Py<PyAny>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An `eventfd`, which stays readable once it was written.
fn event_fd() -> io::Result<OwnedFd> {
    // SAFETY: the call takes no pointer; a non-negative result is a fresh descriptor.
    unsafe {
        match libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) {
            fd if fd >= 0 => Ok(OwnedFd::from_raw_fd(fd)),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

impl Reader {
    /// Waits for records with the GIL released, at most until `deadline`.
    fn fill(&self, py: Python<'_>, want: usize, deadline: Option<Instant>) -> PyResult<Wait> {
        loop {
            if self.stopped.load(Ordering::Acquire) {
                return Ok(Wait::Stopped);
            }
            let slice = deadline.map_or(SLICE, |end| end.saturating_duration_since(Instant::now()).min(SLICE));
            let filled = py.detach(|| self.fill_once(want, slice))?;
            self.report_lost(py)?;
            if filled {
                return Ok(Wait::Records);
            }
            py.check_signals()?;
            if deadline.is_some_and(|end| Instant::now() >= end) {
                return Ok(Wait::Timeout);
            }
        }
    }

    /// Takes what is there; where nothing is, waits once and takes again. Whether there is something to hand out.
    fn fill_once(&self, want: usize, slice: Duration) -> Result<bool, Failure> {
        let mut guard = match self.source.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::new("busy", format!("{}: another thread reads these events", self.name)));
            }
        };
        let Some(source) = guard.as_mut() else {
            return Ok(false);
        };
        let failed = |error: io::Error| Failure::os("reader-failed", &self.name, &error);
        if lock(&self.ready).left() > 0 {
            return Ok(true); // another thread has filled it since
        }
        source.batch().clear();
        let mut filled = source.consume(want).map_err(failed)?;
        if !filled && !slice.is_zero() {
            self.wait(source.epoll_fd(), slice).map_err(failed)?;
            filled = source.consume(want).map_err(failed)?;
        }
        // Only now: whoever holds the GIL may look at what is ready without waiting for this wait.
        lock(&self.ready).refill(source.batch());
        Ok(filled)
    }

    fn wait(&self, epoll_fd: i32, slice: Duration) -> io::Result<()> {
        let watch = |fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        let mut descriptors = [watch(epoll_fd), watch(self.stop_event.as_raw_fd())];
        let milliseconds = slice.as_millis().max(1) as i32;
        // SAFETY: the array has two entries; both descriptors are open while `source` is locked.
        match unsafe { libc::poll(descriptors.as_mut_ptr(), 2, milliseconds) } {
            error if error < 0 && io::Error::last_os_error().kind() != io::ErrorKind::Interrupted => {
                Err(io::Error::last_os_error())
            }
            _ => Ok(()),
        }
    }

    fn report_lost(&self, py: Python<'_>) -> PyResult<()> {
        let losses = std::mem::take(&mut lock(&self.ready).batch.lost);
        if losses.is_empty() {
            return Ok(());
        }
        self.lost.fetch_add(losses.iter().map(|(_, count)| count).sum(), Ordering::Relaxed);
        let callback = lock(&self.on_lost).as_ref().map(|callback| callback.clone_ref(py));
        if let Some(callback) = callback {
            for loss in losses {
                callback.call1(py, loss)?;
            }
        }
        Ok(())
    }

    /// The next record that is there already, as an event, and its length.
    fn next_ready<'py>(&self, py: Python<'py>) -> PyResult<Option<(Bound<'py, PyAny>, usize)>> {
        let mut ready = lock(&self.ready);
        let Some(&(start, length)) = ready.batch.records.get(ready.cursor) else {
            return Ok(None);
        };
        let next = ready.cursor + 1;
        ready.advance_to(next);
        let record = &ready.batch.bytes[start..start + length];
        if length < self.contract.least {
            return Err(self.wrong_length(length).into());
        }
        let event = match &self.codec {
            Some(codec) => {
                let memory = Memory::copied(record, codec.get().size);
                drop(ready);
                codec.get().read_record(py, memory)?
            }
            None => PyBytes::new(py, record).into_any(),
        };
        Ok(Some((event, length)))
    }

    fn wrong_length(&self, length: usize) -> Failure {
        let least = self.contract.least;
        let message = format!("{}: a record of {length} bytes, at least {least} expected", self.name);
        Failure::new("wrong-length", message).hint("the program sends another type than the map declares")
    }

    fn deadline(timeout: Option<f64>) -> Option<Instant> {
        let timeout = timeout.filter(|seconds| seconds.is_finite() && *seconds < 1e9)?;
        Some(Instant::now() + Duration::from_secs_f64(timeout.max(0.0)))
    }
}

#[pymethods]
impl Reader {
    /// `pages`: of 4096 bytes or the kernel's size, for each CPU, a power of two; None for a ring buffer.
    /// `codec` None gives bytes.
    #[staticmethod]
    #[pyo3(signature = (map, codec, least, most, pages=None))]
    fn open(
        map: &Map,
        codec: Option<Py<Codec>>,
        least: usize,
        most: Option<usize>,
        pages: Option<usize>,
    ) -> PyResult<Self> {
        let padding = if pages.is_some() { PERF_PADDING } else { 0 };
        let contract = Contract { least, most, padding };
        Ok(Self {
            name: map.name().to_owned(),
            source: Mutex::new(Some(Source::open(map, contract, pages)?)),
            ready: Mutex::default(),
            codec,
            contract,
            stop_event: event_fd()?,
            stopped: AtomicBool::new(false),
            lost: AtomicU64::new(0),
            on_lost: Mutex::new(None),
        })
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.read(py, None)
    }

    /// The next event; None after `timeout` seconds or when stopped.
    #[pyo3(signature = (timeout=None))]
    fn read<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if let Some((event, _)) = self.next_ready(py)? {
            return Ok(Some(event));
        }
        match self.fill(py, READ_AHEAD, Self::deadline(timeout))? {
            Wait::Records => Ok(self.next_ready(py)?.map(|(event, _)| event)),
            Wait::Timeout | Wait::Stopped => Ok(None),
        }
    }

    /// Waits until something is there, then calls `callback(event, size)` for each record of one drain.
    #[pyo3(signature = (callback, timeout=None))]
    fn poll(&self, py: Python<'_>, callback: &Bound<'_, PyAny>, timeout: Option<f64>) -> PyResult<usize> {
        let mut called = 0;
        loop {
            while let Some((event, size)) = self.next_ready(py)? {
                callback.call1((event, size))?;
                called += 1;
            }
            if called > 0 || !matches!(self.fill(py, READ_AHEAD, Self::deadline(timeout))?, Wait::Records) {
                return Ok(called);
            }
        }
    }

    /// At most about `most` records of `size` bytes each, end to end; None after `timeout` seconds or when stopped.
    /// A record of another length is an error once those before it are handed out.
    #[pyo3(signature = (size, most, timeout=None))]
    fn batch<'py>(
        &self,
        py: Python<'py>,
        size: usize,
        most: usize,
        timeout: Option<f64>,
    ) -> PyResult<Option<Bound<'py, PyByteArray>>> {
        let left = lock(&self.ready).left();
        if left == 0 && !matches!(self.fill(py, most, Self::deadline(timeout))?, Wait::Records) {
            return Ok(None);
        }
        let mut ready = lock(&self.ready);
        let waiting = &ready.batch.records[ready.cursor..];
        let same = waiting.iter().take_while(|&&(_, length)| length == size).count();
        if let (0, Some(&(_, length))) = (same, waiting.first()) {
            let next = ready.cursor + 1;
            ready.advance_to(next);
            return Err(self.wrong_length(length).into());
        }
        let start = waiting.first().map_or(0, |&(start, _)| start);
        let batch = PyByteArray::new(py, &ready.batch.bytes[start..start + same * size]);
        let next = ready.cursor + same;
        ready.advance_to(next);
        Ok(Some(batch))
    }

    /// Ends every wait and iteration, now and later, from any thread or signal handler.
    fn stop(&self) -> PyResult<()> {
        self.stopped.store(true, Ordering::Release);
        let one = 1u64.to_ne_bytes();
        // SAFETY: eight bytes of our own; the descriptor lives as long as the reader.
        let written = unsafe { libc::write(self.stop_event.as_raw_fd(), one.as_ptr().cast(), one.len()) };
        if written < 0 { Err(io::Error::last_os_error().into()) } else { Ok(()) }
    }

    /// Stops, frees the buffer once nobody waits any more, and lets go of the callback.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.stop()?;
        py.detach(|| drop(lock(&self.source).take()));
        lock(&self.ready).bell = None;
        self.set_on_lost(None);
        Ok(())
    }

    /// A descriptor that is readable while records wait, here or in the buffer, for selectors and event loops.
    fn fileno(&self) -> PyResult<i32> {
        let guard = lock(&self.source);
        let Some(source) = &*guard else {
            return Err(Failure::new("closed", format!("{}: the reader is closed", self.name)).into());
        };
        let mut ready = lock(&self.ready);
        if ready.bell.is_none() {
            ready.bell = Some(Bell::hang(source.epoll_fd())?);
            let cursor = ready.cursor;
            ready.advance_to(cursor);
        }
        Ok(source.epoll_fd())
    }

    /// The CPU that sent the last event; None where nothing was read, and for ring buffers, which do not tell.
    #[getter]
    fn cpu(&self) -> Option<i32> {
        let ready = lock(&self.ready);
        ready.batch.sender(ready.cursor)
    }

    /// How many records the kernel could not store since this reader was opened.
    #[getter]
    fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Called as `callback(cpu, count)` when records were lost.
    fn set_on_lost(&self, callback: Option<Py<PyAny>>) {
        let before = std::mem::replace(&mut *lock(&self.on_lost), callback);
        drop(before); // not under the lock: this may run any Python, and a collection that looks at this reader
    }

    /// For Python's garbage collector: a callback may reach the skeleton, and so this reader.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&*lock(&self.on_lost))
    }

    fn __clear__(&self) {
        self.set_on_lost(None);
    }
}
