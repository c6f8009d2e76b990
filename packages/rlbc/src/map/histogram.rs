use libbpf_rs::{MapCore as _, MapFlags, MapType};
use zerocopy::{FromZeros as _, IntoBytes as _};

use super::per_cpu;
use crate::{Histogram, RawMap, Result, Scale};

/// An array of counters that `LBC_HIST2`, `LBC_HIST10`, `LBC_HIST` or one of their per-CPU forms declares.
#[derive(Debug)]
pub struct HistogramMap {
    raw: RawMap,
    scale: Scale,
}

impl HistogramMap {
    /// Gives an array of `u64` its scale; generated code does.
    ///
    /// # Errors
    /// [`ErrorCode::TypeMismatch`](crate::ErrorCode) and [`ErrorCode::SizeMismatch`](crate::ErrorCode).
    pub fn new(raw: RawMap, scale: Scale) -> Result<Self> {
        let fits = |kind| matches!(kind, MapType::Array | MapType::PercpuArray);
        let raw = raw.expect(fits, size_of::<u32>(), size_of::<u64>())?;
        Ok(Self { raw, scale })
    }

    /// The map without its scale.
    #[must_use]
    pub fn raw(&self) -> &RawMap {
        &self.raw
    }

    /// The counters as they are now; of a per-CPU map, the sums over all CPUs.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`](crate::ErrorCode).
    pub fn read(&self) -> Result<Histogram> {
        let slots = 0..self.raw.handle()?.max_entries();
        let counts: Vec<_> = slots.map(|slot| self.count(slot)).collect::<Result<_>>()?;
        Ok(Histogram::new(self.scale, counts))
    }

    /// Sets all counters to zero; what a program counts meanwhile is lost.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`](crate::ErrorCode).
    pub fn clear(&self) -> Result<()> {
        let map = self.raw.handle()?;
        for slot in 0..map.max_entries() {
            if map.map_type().is_percpu() {
                per_cpu::update_all(&self.raw, slot.as_bytes(), &0_u64)?;
            } else {
                map.update(slot.as_bytes(), 0_u64.as_bytes(), MapFlags::ANY)
                    .map_err(|source| self.raw.failed("clear", source))?;
            }
        }
        Ok(())
    }

    fn count(&self, slot: u32) -> Result<u64> {
        let map = self.raw.handle()?;
        if map.map_type().is_percpu() {
            let counts = per_cpu::lookup::<u64>(&self.raw, slot.as_bytes())?;
            return Ok(counts.into_iter().flatten().fold(0, u64::wrapping_add));
        }
        let mut count = u64::new_zeroed();
        map.lookup_into(slot.as_bytes(), count.as_mut_bytes(), MapFlags::ANY)
            .map_err(|source| self.raw.failed("look up a slot of", source))?;
        Ok(count)
    }
}
