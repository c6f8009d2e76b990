use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use libbpf_rs::{MapCore as _, MapHandle};

use crate::{Error, ErrorCode, Result};

/// The ids of the maps that have a reader in this process.
static READ: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// The right to read a map's events, given back when dropped: a ring has one position for all who read it.
pub(super) struct Claim(u32);

impl Claim {
    pub(super) fn new(map: &MapHandle, name: &str) -> Result<Self> {
        let info = map.info().map_err(|source| {
            Error::new(
                ErrorCode::System,
                format!("cannot ask for the id of map {name}"),
            )
            .with_source(source)
        })?;
        let id = info.info.id;
        if READ
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id)
        {
            return Ok(Self(id));
        }
        Err(Error::new(
            ErrorCode::ReaderExists,
            format!("map {name} has a reader already"),
        )
        .with_hint("drop it first, or share it"))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        READ.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.0);
    }
}
