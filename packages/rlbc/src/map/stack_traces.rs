use libbpf_rs::{MapCore as _, MapFlags, MapHandle, MapType};
use zerocopy::{FromBytes as _, IntoBytes as _};

use super::keyed::delete;
use super::keys::Keys;
use crate::{Error, ErrorCode, RawMap, Result};

/// Stack traces by the number that `bpf_get_stackid()` gave them.
#[derive(Debug)]
pub struct StackTraces {
    raw: RawMap,
}

impl StackTraces {
    /// Takes a map of addresses; generated code does. One with `BPF_F_STACK_BUILD_ID` holds no addresses.
    ///
    /// # Errors
    /// [`ErrorCode::TypeMismatch`].
    pub fn new(raw: RawMap) -> Result<Self> {
        if let Ok(map) = raw.handle() {
            let frame = size_of::<u64>() as u32;
            if map.map_type() != MapType::StackTrace || map.value_size() % frame != 0 {
                let message = format!("map {} holds no stack traces", raw.name());
                return Err(Error::new(ErrorCode::TypeMismatch, message));
            }
        }
        Ok(Self { raw })
    }

    /// As [`new`](Self::new), for a map that comes from elsewhere, such as a pin.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn from_handle(handle: MapHandle) -> Result<Self> {
        Self::new(handle.into())
    }

    /// The map without its type.
    #[must_use]
    pub fn raw(&self) -> &RawMap {
        &self.raw
    }

    /// The addresses of a stack, innermost first; `None` where there is none, as for the negative number of an error.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`].
    pub fn lookup(&self, id: impl TryInto<u32>) -> Result<Option<Vec<u64>>> {
        let Ok(id) = id.try_into() else {
            return Ok(None);
        };
        let map = self.raw.handle()?;
        let found = map.lookup(id.as_bytes(), MapFlags::ANY);
        let Some(bytes) = found.map_err(|source| self.raw.failed("look up a stack of", source))?
        else {
            return Ok(None);
        };
        // The kernel fills up with zeros.
        let frames = bytes
            .chunks_exact(size_of::<u64>())
            .map(|frame| u64::read_from_bytes(frame).expect("chunks are of this size"));
        Ok(Some(frames.take_while(|&address| address != 0).collect()))
    }

    /// The numbers of all stacks. The map may change meanwhile, as [`KeyedMap::keys`](crate::KeyedMap::keys) says.
    ///
    /// # Errors
    /// [`ErrorCode::MapNotCreated`].
    pub fn ids(&self) -> Result<impl Iterator<Item = Result<u32>>> {
        Ok(Keys::new(self.raw.handle()?))
    }

    /// Forgets a stack, so that its number is free again; `false` where it was not there.
    ///
    /// # Errors
    /// [`ErrorCode::MapFailed`].
    pub fn delete(&self, id: u32) -> Result<bool> {
        delete(&self.raw, &id)
    }
}
