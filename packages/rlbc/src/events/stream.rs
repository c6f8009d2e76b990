use std::marker::PhantomData;

use libbpf_rs::{MapHandle, MapType};

use super::claim::Claim;
use super::early::{self, EarlyRings};
use super::reader::{EventReader, Source};
use super::record::{Event, RecordSize};
use super::ring::Ring;
use crate::{RawMap, Result};

/// A ring buffer of events; `RingBuffer<[u8]>` where their type is not known.
///
/// One that `LBC_EMIT` sends to is a perf event array on kernels before 5.8, which have no ring buffers. It is read in the same
/// way, but events of different CPUs come in any order.
#[derive(Debug)]
pub struct RingBuffer<E: ?Sized> {
    raw: RawMap,
    size: RecordSize,
    early: EarlyRings,
    event: PhantomData<fn() -> E>,
}

impl<E: Event + ?Sized> RingBuffer<E> {
    /// Gives a ring buffer the type and length of its records; generated code does.
    ///
    /// # Errors
    /// [`ErrorCode::TypeMismatch`](crate::ErrorCode).
    pub fn new(raw: RawMap, size: RecordSize) -> Result<Self> {
        if raw.map_type() == Some(MapType::PerfEventArray) {
            return PerfEventArray::new(raw, size).map(Self::from);
        }
        let raw = raw.expect(|kind| kind == MapType::RingBuf, 0, 0)?;
        Ok(Self {
            raw,
            size,
            early: EarlyRings::default(),
            event: PhantomData,
        })
    }

    /// As [`new`](Self::new), for a map that comes from elsewhere, such as a pin.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn from_handle(handle: MapHandle, size: RecordSize) -> Result<Self> {
        let raw = RawMap::from(handle);
        if raw.map_type() == Some(MapType::PerfEventArray) {
            return PerfEventArray::without_rings(raw, size).map(Self::from);
        }
        Self::new(raw, size)
    }

    /// The map without its type.
    #[must_use]
    pub fn raw(&self) -> &RawMap {
        &self.raw
    }

    /// Begins to read, at the oldest record that nobody has read. The reader owns its memory and descriptors.
    ///
    /// # Errors
    /// [`ErrorCode::ReaderExists`](crate::ErrorCode), [`ErrorCode::System`](crate::ErrorCode).
    pub fn reader(&self) -> Result<EventReader<E>> {
        if self.raw.map_type() == Some(MapType::PerfEventArray) {
            return perf_reader(&self.raw, &self.early, self.size, None);
        }
        let map = self.raw.try_clone()?;
        let claim = Claim::new(map.handle()?, map.name())?;
        let ring = Ring::new(map.handle()?)?;
        EventReader::new(Source::Ring(ring), map, claim, self.size)
    }
}

impl<E: ?Sized> From<PerfEventArray<E>> for RingBuffer<E> {
    fn from(array: PerfEventArray<E>) -> Self {
        let PerfEventArray {
            raw,
            size,
            early,
            event,
        } = array;
        Self {
            raw,
            size,
            early,
            event,
        }
    }
}

/// Pages of each CPU's ring, as in libbpf's examples.
const PERF_PAGES: usize = 64;

/// The first reader takes over the rings that were opened early, unless it asks for others.
fn perf_reader<E: Event + ?Sized>(
    map: &RawMap,
    early: &EarlyRings,
    size: RecordSize,
    pages: Option<usize>,
) -> Result<EventReader<E>> {
    let waiting = early.take().filter(|_| pages.is_none());
    let (claim, rings) = match waiting {
        Some(rings) => rings,
        None => early::open(map, pages.unwrap_or(PERF_PAGES))?,
    };
    EventReader::new(Source::Perf(rings), map.try_clone()?, claim, size)
}

/// A perf event array of events; `PerfEventArray<[u8]>` where their type is not known.
///
/// Of a skeleton, its rings are there from load on, so that what is sent before there is a [`reader`](Self::reader) waits in them.
#[derive(Debug)]
pub struct PerfEventArray<E: ?Sized> {
    raw: RawMap,
    size: RecordSize,
    early: EarlyRings,
    event: PhantomData<fn() -> E>,
}

impl<E: Event + ?Sized> PerfEventArray<E> {
    /// Pages of each CPU's ring, as in libbpf's examples.
    pub const PAGES: usize = PERF_PAGES;

    /// Gives a perf event array the type and length of its records, and opens its rings; generated code does.
    ///
    /// # Errors
    /// [`ErrorCode::TypeMismatch`](crate::ErrorCode), [`ErrorCode::System`](crate::ErrorCode).
    pub fn new(raw: RawMap, size: RecordSize) -> Result<Self> {
        let mut array = Self::without_rings(raw, size)?;
        array.early = EarlyRings::open(&array.raw, PERF_PAGES)?;
        Ok(array)
    }

    /// As [`new`](Self::new), for a map that comes from elsewhere, such as a pin: only a reader takes its events.
    ///
    /// # Errors
    /// [`ErrorCode::TypeMismatch`](crate::ErrorCode).
    pub fn from_handle(handle: MapHandle, size: RecordSize) -> Result<Self> {
        Self::without_rings(handle.into(), size)
    }

    fn without_rings(raw: RawMap, size: RecordSize) -> Result<Self> {
        let raw = raw.expect(
            |kind| kind == MapType::PerfEventArray,
            size_of::<u32>(),
            size_of::<u32>(),
        )?;
        Ok(Self {
            raw,
            size: size.with_perf_padding(),
            early: EarlyRings::default(),
            event: PhantomData,
        })
    }

    /// The map without its type.
    #[must_use]
    pub fn raw(&self) -> &RawMap {
        &self.raw
    }

    /// Begins to read the rings of all CPUs. Each reader after the first one opens them anew.
    ///
    /// # Errors
    /// [`ErrorCode::ReaderExists`](crate::ErrorCode), [`ErrorCode::System`](crate::ErrorCode).
    pub fn reader(&self) -> Result<EventReader<E>> {
        perf_reader(&self.raw, &self.early, self.size, None)
    }

    /// The same, with new rings of another size: `pages` is a power of two. What waits in the others is lost.
    ///
    /// # Errors
    /// As [`reader`](Self::reader).
    pub fn reader_with_pages(&self, pages: usize) -> Result<EventReader<E>> {
        perf_reader(&self.raw, &self.early, self.size, Some(pages))
    }
}
