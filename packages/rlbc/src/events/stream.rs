use std::marker::PhantomData;

use libbpf_rs::{MapHandle, MapType};

use super::claim::Claim;
use super::perf::PerfRings;
use super::reader::{EventReader, Source};
use super::record::{Event, RecordSize};
use super::ring::Ring;
use crate::{RawMap, Result};

/// A ring buffer of events; `RingBuffer<[u8]>` where their type is not known.
///
/// One that `LBC_EMIT` sends to is a perf event array on kernels before 5.8, which have no ring buffers. It is read in the same
/// way, but what is sent before there is a [`reader`](Self::reader) is lost, and events of different CPUs come in any order.
#[derive(Debug)]
pub struct RingBuffer<E: ?Sized> {
    raw: RawMap,
    size: RecordSize,
    event: PhantomData<fn() -> E>,
}

impl<E: Event + ?Sized> RingBuffer<E> {
    /// Gives a ring buffer the type and length of its records; generated code does.
    ///
    /// # Errors
    /// [`ErrorCode::TypeMismatch`](crate::ErrorCode).
    pub fn new(raw: RawMap, size: RecordSize) -> Result<Self> {
        if raw.map_type() == Some(MapType::PerfEventArray) {
            let PerfEventArray { raw, size, event } = PerfEventArray::new(raw, size)?;
            return Ok(Self { raw, size, event });
        }
        let raw = raw.expect(|kind| kind == MapType::RingBuf, 0, 0)?;
        Ok(Self {
            raw,
            size,
            event: PhantomData,
        })
    }

    /// As [`new`](Self::new), for a map that comes from elsewhere, such as a pin.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn from_handle(handle: MapHandle, size: RecordSize) -> Result<Self> {
        Self::new(handle.into(), size)
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
        let map = self.raw.try_clone()?;
        let claim = Claim::new(map.handle()?, map.name())?;
        let source = match map.map_type() {
            Some(MapType::PerfEventArray) => {
                let pages = PerfEventArray::<E>::PAGES;
                Source::Perf(PerfRings::new(map.handle()?, pages)?)
            }
            _ => Source::Ring(Ring::new(map.handle()?)?),
        };
        EventReader::new(source, map, claim, self.size)
    }
}

/// A perf event array of events; `PerfEventArray<[u8]>` where their type is not known.
#[derive(Debug)]
pub struct PerfEventArray<E: ?Sized> {
    raw: RawMap,
    size: RecordSize,
    event: PhantomData<fn() -> E>,
}

impl<E: Event + ?Sized> PerfEventArray<E> {
    /// Pages of each CPU's ring, as in libbpf's examples.
    pub const PAGES: usize = 64;

    /// Gives a perf event array the type and length of its records; generated code does.
    ///
    /// # Errors
    /// [`ErrorCode::TypeMismatch`](crate::ErrorCode).
    pub fn new(raw: RawMap, size: RecordSize) -> Result<Self> {
        let raw = raw.expect(
            |kind| kind == MapType::PerfEventArray,
            size_of::<u32>(),
            size_of::<u32>(),
        )?;
        Ok(Self {
            raw,
            size: size.with_perf_padding(),
            event: PhantomData,
        })
    }

    /// As [`new`](Self::new), for a map that comes from elsewhere, such as a pin.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn from_handle(handle: MapHandle, size: RecordSize) -> Result<Self> {
        Self::new(handle.into(), size)
    }

    /// The map without its type.
    #[must_use]
    pub fn raw(&self) -> &RawMap {
        &self.raw
    }

    /// Opens a ring on each CPU and begins to read.
    ///
    /// # Errors
    /// [`ErrorCode::ReaderExists`](crate::ErrorCode), [`ErrorCode::System`](crate::ErrorCode).
    pub fn reader(&self) -> Result<EventReader<E>> {
        self.reader_with_pages(Self::PAGES)
    }

    /// The same, with rings of another size: `pages` is a power of two.
    ///
    /// # Errors
    /// As [`reader`](Self::reader).
    pub fn reader_with_pages(&self, pages: usize) -> Result<EventReader<E>> {
        let map = self.raw.try_clone()?;
        let claim = Claim::new(map.handle()?, map.name())?;
        let rings = PerfRings::new(map.handle()?, pages)?;
        EventReader::new(Source::Perf(rings), map, claim, self.size)
    }
}
