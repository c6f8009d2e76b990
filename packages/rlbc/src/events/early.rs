use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::claim::Claim;
use super::perf::PerfRings;
use crate::{ErrorCode, RawMap, Result};

/// The rings of a perf event array that wait for their reader: what is sent to a CPU without one is lost.
#[derive(Default)]
pub(super) struct EarlyRings(Mutex<Option<(Claim, PerfRings)>>);

impl EarlyRings {
    /// Opens them; none where the map was not created, or has a reader already.
    pub(super) fn open(map: &RawMap, pages: usize) -> Result<Self> {
        if map.map_type().is_none() {
            return Ok(Self::default());
        }
        match open(map, pages) {
            Ok(rings) => Ok(Self(Mutex::new(Some(rings)))),
            Err(error) if error.code() == ErrorCode::ReaderExists => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Gives them to the first reader.
    pub(super) fn take(&self) -> Option<(Claim, PerfRings)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Opens the rings of a map for whoever has the claim to it.
pub(super) fn open(map: &RawMap, pages: usize) -> Result<(Claim, PerfRings)> {
    let handle = map.handle()?;
    let claim = Claim::new(handle, map.name())?;
    Ok((claim, PerfRings::new(handle, pages)?))
}

impl fmt::Debug for EarlyRings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EarlyRings").finish_non_exhaustive()
    }
}
