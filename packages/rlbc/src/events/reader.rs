use std::fmt;
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, RawFd};
use std::time::{Duration, Instant};

use super::claim::Claim;
use super::perf::PerfRings;
use super::record::{Event, Record, RecordSize};
use super::ring::Ring;
use super::stop::StopHandle;
use crate::{ErrorCode, RawMap, Result};

/// Where records come from.
pub(super) enum Source {
    Ring(Ring),
    Perf(PerfRings),
}

impl Source {
    #[inline]
    fn drain(&mut self, each: impl FnMut(Record<'_>) -> ControlFlow<()>) -> ControlFlow<()> {
        match self {
            Self::Ring(ring) => ring.drain(each),
            Self::Perf(rings) => rings.drain(each),
        }
    }

    fn freeze(&mut self) {
        match self {
            Self::Ring(ring) => ring.freeze(),
            Self::Perf(rings) => rings.freeze(),
        }
    }
}

/// Reads the events of one map, in one of three ways: `for event in reader` gives copies that are safe to keep,
/// [`for_each`](Self::for_each) borrows each event where the kernel put it, which is faster, and [`poll`](Self::poll) fits
/// into a loop of your own.
///
/// It owns its memory and descriptors, so the skeleton stays usable, and it can move to another thread. Every wait ends
/// when its [stop handle](Self::stop_handle) says so.
pub struct EventReader<E: ?Sized> {
    source: Source,
    stop: StopHandle,
    size: RecordSize,
    map: RawMap,
    _claim: Claim,
    event: PhantomData<fn() -> E>,
}

impl<E: Event + ?Sized> EventReader<E> {
    pub(super) fn new(source: Source, map: RawMap, claim: Claim, size: RecordSize) -> Result<Self> {
        Ok(Self {
            source,
            stop: StopHandle::new()?,
            size,
            map,
            _claim: claim,
            event: PhantomData,
        })
    }

    /// A handle that ends this reader from elsewhere.
    #[must_use]
    pub fn stop_handle(&self) -> StopHandle {
        self.stop.clone()
    }

    /// Records that the kernel dropped because a ring of a perf event array was full, as far as they were reported by now.
    /// A ring buffer does not count them: there the program sees that it gets no room.
    #[must_use]
    pub fn lost(&self) -> u64 {
        match &self.source {
            Source::Ring(_) => 0,
            Source::Perf(rings) => rings.lost(),
        }
    }

    /// From now on, `callback` is told each loss that [`lost`](Self::lost) counts, while the reader comes across it: the CPU,
    /// and how many records it lost. It replaces the callback that was set before.
    pub fn on_lost(&mut self, callback: impl FnMut(u32, u64) + Send + 'static) {
        match &mut self.source {
            Source::Ring(_) => {}
            Source::Perf(rings) => rings.on_lost(Box::new(callback)),
        }
    }

    /// A copy of the next event; `None` where none came in time, or the reader was stopped.
    ///
    /// # Errors
    /// [`ErrorCode::RecordLength`] (the reader goes on behind that record), [`ErrorCode::Interrupted`] after a signal,
    /// [`ErrorCode::System`].
    pub fn next_timeout(&mut self, timeout: Duration) -> Result<Option<E::Owned>> {
        let deadline = Instant::now().checked_add(timeout);
        self.next_until(deadline).transpose()
    }

    /// A copy of the next event, if there is one now.
    ///
    /// # Errors
    /// [`ErrorCode::RecordLength`].
    pub fn try_next(&mut self) -> Result<Option<E::Owned>> {
        self.take().transpose()
    }

    /// Shows each event to `look` where the kernel put it, until the reader is stopped.
    ///
    /// # Errors
    /// [`ErrorCode::RecordLength`] (calling again goes on behind that record), [`ErrorCode::System`].
    pub fn for_each(&mut self, mut look: impl FnMut(&E)) -> Result<()> {
        self.for_each_record(|record| E::with(record.bytes, &mut look))
    }

    /// As [`for_each`](Self::for_each), with the record: its length, what is behind the event, the CPU.
    ///
    /// # Errors
    /// As [`for_each`](Self::for_each).
    pub fn for_each_record(&mut self, mut look: impl FnMut(Record<'_>)) -> Result<()> {
        loop {
            let stopped = self.stop.is_stopped();
            if self.drain(&mut look)? == 0 {
                if stopped {
                    return Ok(());
                }
                self.wait_uninterrupted()?;
            }
        }
    }

    /// Waits until there are events, the time is over or the reader is stopped; then shows all that are there to `look`,
    /// and tells how many.
    ///
    /// # Errors
    /// [`ErrorCode::Interrupted`] after a signal, [`ErrorCode::RecordLength`], [`ErrorCode::System`].
    pub fn poll(&mut self, timeout: Duration, mut look: impl FnMut(&E)) -> Result<usize> {
        self.poll_records(timeout, |record| E::with(record.bytes, &mut look))
    }

    /// As [`poll`](Self::poll), with the record: its length, what is behind the event, the CPU.
    ///
    /// # Errors
    /// As [`poll`](Self::poll).
    pub fn poll_records(
        &mut self,
        timeout: Duration,
        mut look: impl FnMut(Record<'_>),
    ) -> Result<usize> {
        // First what is there: of events that a descriptor has told of, a perf event array's does not tell again.
        let seen = self.drain(&mut look)?;
        if seen > 0 || self.stop.is_stopped() {
            return Ok(seen);
        }
        self.stop.wait(self.fd(), Some(timeout))?;
        self.drain(look)
    }

    fn fd(&self) -> RawFd {
        match (&self.source, self.map.handle()) {
            (Source::Perf(rings), _) => rings.fd(),
            (Source::Ring(_), map) => map.expect("a reader was made of it").as_fd().as_raw_fd(),
        }
    }

    /// Shows what is there now, up to the first record that has no right length.
    #[inline]
    fn drain(&mut self, mut look: impl FnMut(Record<'_>)) -> Result<usize> {
        if self.stop.is_stopped() {
            self.source.freeze();
        }
        let (size, mut seen, mut result) = (self.size, 0, Ok(()));
        let _ = self.source.drain(|record| {
            result = size.check(record.bytes);
            if result.is_err() {
                return ControlFlow::Break(());
            }
            look(record);
            seen += 1;
            ControlFlow::Continue(())
        });
        result.map(|()| seen)
    }

    fn take(&mut self) -> Option<Result<E::Owned>> {
        if self.stop.is_stopped() {
            self.source.freeze();
        }
        let (size, mut event) = (self.size, None);
        let _ = self.source.drain(|record| {
            event = Some(size.check(record.bytes).map(|()| E::copy(record.bytes)));
            ControlFlow::Break(())
        });
        event
    }

    fn next_until(&mut self, deadline: Option<Instant>) -> Option<Result<E::Owned>> {
        loop {
            let stopped = self.stop.is_stopped();
            if let Some(event) = self.take() {
                return Some(event);
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if stopped || left.is_some_and(|left| left.is_zero()) {
                return None;
            }
            if let Err(error) = self.stop.wait(self.fd(), left) {
                return Some(Err(error));
            }
        }
    }

    /// A signal alone does not end a loop over events: its handler stops the reader if it means that.
    fn wait_uninterrupted(&self) -> Result<()> {
        match self.stop.wait(self.fd(), None) {
            Err(error) if error.code() == ErrorCode::Interrupted => Ok(()),
            result => result.map(|_| ()),
        }
    }
}

/// A descriptor that is readable when there are events, for an event loop of your own. That of a perf event array tells of
/// them once: read until [`try_next`](EventReader::try_next) gives none, or with [`poll`](EventReader::poll).
impl<E: Event + ?Sized> AsFd for EventReader<E> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the source owns the descriptor, and is borrowed.
        unsafe { BorrowedFd::borrow_raw(self.fd()) }
    }
}

impl<E: ?Sized> fmt::Debug for EventReader<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventReader")
            .field("map", &self.map)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// The events of a reader, as copies that are safe to keep. It waits for the next one, and ends when the reader is stopped;
/// a record of a wrong length is an error, behind which it goes on.
#[derive(Debug)]
pub struct Events<R>(R);

impl<E: Event + ?Sized> Iterator for Events<EventReader<E>> {
    type Item = Result<E::Owned>;

    fn next(&mut self) -> Option<Self::Item> {
        next(&mut self.0)
    }
}

impl<E: Event + ?Sized> Iterator for Events<&mut EventReader<E>> {
    type Item = Result<E::Owned>;

    fn next(&mut self) -> Option<Self::Item> {
        next(self.0)
    }
}

fn next<E: Event + ?Sized>(reader: &mut EventReader<E>) -> Option<Result<E::Owned>> {
    loop {
        match reader.next_until(None) {
            Some(Err(error)) if error.code() == ErrorCode::Interrupted => {}
            event => return event,
        }
    }
}

impl<E: Event + ?Sized> IntoIterator for EventReader<E> {
    type Item = Result<E::Owned>;
    type IntoIter = Events<Self>;

    fn into_iter(self) -> Self::IntoIter {
        Events(self)
    }
}

impl<E: Event + ?Sized> IntoIterator for &mut EventReader<E> {
    type Item = Result<E::Owned>;
    type IntoIter = Events<Self>;

    fn into_iter(self) -> Self::IntoIter {
        Events(self)
    }
}
