//! Typed maps. Each holds a descriptor of its own, so that it outlives the skeleton and can move to another thread.

mod array;
mod batch;
mod bloom;
mod histogram;
mod keyed;
mod keys;
mod mapped;
mod per_cpu;
mod queue;
mod references;
mod stack_traces;
mod user_ring;

pub use array::ArrayMap;
pub use bloom::BloomFilter;
pub use histogram::HistogramMap;
pub use keyed::KeyedMap;
pub use mapped::MappedArray;
pub use per_cpu::{PerCpuArray, PerCpuMap};
pub use queue::QueueMap;
pub use references::{MapOfMaps, ProgramArray};
pub use stack_traces::StackTraces;
pub use user_ring::UserRing;

use libbpf_rs::{MapCore, MapHandle, MapType};

use crate::{Error, ErrorCode, Result};

/// A map without types: what every typed map stands on, and what maps have that hold programs, sockets or other maps.
#[derive(Debug)]
pub struct RawMap {
    name: String,
    handle: Option<MapHandle>,
}

impl RawMap {
    pub(crate) fn new(name: &str, handle: Option<MapHandle>) -> Self {
        Self {
            name: name.to_owned(),
            handle,
        }
    }

    /// The name in the object.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The handle of libbpf-rs, for every operation that has no type here.
    ///
    /// # Errors
    /// [`ErrorCode::MapNotCreated`] where the map's autocreate was switched off.
    pub fn handle(&self) -> Result<&MapHandle> {
        self.handle.as_ref().ok_or_else(|| {
            Error::new(
                ErrorCode::MapNotCreated,
                format!("map {} was not created", self.name),
            )
            .with_hint("its autocreate was switched off before load")
        })
    }

    /// What the map is in the kernel; `None` where it was not created.
    #[must_use]
    pub fn map_type(&self) -> Option<MapType> {
        self.handle.as_ref().map(MapCore::map_type)
    }

    /// The same map through another descriptor.
    ///
    /// # Errors
    /// [`ErrorCode::System`] where there is no room for another descriptor.
    pub fn try_clone(&self) -> Result<Self> {
        let handle = self.handle.as_ref().map(MapHandle::try_from).transpose();
        let handle = handle.map_err(|source| {
            Error::new(
                ErrorCode::System,
                format!("cannot duplicate the descriptor of map {}", self.name),
            )
            .with_source(source)
        })?;
        Ok(Self {
            name: self.name.clone(),
            handle,
        })
    }

    pub(crate) fn failed(&self, operation: &str, source: libbpf_rs::Error) -> Error {
        Error::new(
            ErrorCode::MapFailed,
            format!("cannot {operation} map {}", self.name),
        )
        .with_source(source)
    }

    /// Checks a map against the types it is going to be used with; one that was not created has nothing to check.
    pub(crate) fn expect(
        self,
        fits: impl Fn(MapType) -> bool,
        key_size: usize,
        value_size: usize,
    ) -> Result<Self> {
        let Some(map) = &self.handle else {
            return Ok(self);
        };
        if !fits(map.map_type()) {
            let message = format!("map {} is a {:?}", self.name, map.map_type());
            return Err(Error::new(ErrorCode::TypeMismatch, message));
        }
        for (what, is, asked) in [
            ("keys", map.key_size(), key_size),
            ("values", map.value_size(), value_size),
        ] {
            if is as usize != asked {
                let message = format!(
                    "the {what} of map {} have {is} bytes, the type has {asked}",
                    self.name
                );
                return Err(Error::new(ErrorCode::SizeMismatch, message));
            }
        }
        Ok(self)
    }
}

impl From<MapHandle> for RawMap {
    fn from(handle: MapHandle) -> Self {
        Self {
            name: handle.name().to_string_lossy().into_owned(),
            handle: Some(handle),
        }
    }
}

/// What every typed map has: constructors from a checked raw map, and the ways back to it.
macro_rules! typed_map {
    ($map:ident<$($parameter:ident),+>, $fits:expr, $key_size:expr, $value_size:expr) => {
        impl<$($parameter: $crate::Plain),+> $map<$($parameter),+> {
            /// Gives a map its types; generated code does.
            ///
            /// # Errors
            /// [`ErrorCode::TypeMismatch`](crate::ErrorCode) and [`ErrorCode::SizeMismatch`](crate::ErrorCode).
            pub fn new(raw: $crate::RawMap) -> $crate::Result<Self> {
                let raw = raw.expect($fits, $key_size, $value_size)?;
                Ok(Self { raw, types: std::marker::PhantomData })
            }

            /// Gives types to a map that comes from elsewhere, such as a pin.
            ///
            /// # Errors
            /// As [`new`](Self::new).
            pub fn from_handle(handle: libbpf_rs::MapHandle) -> $crate::Result<Self> {
                Self::new(handle.into())
            }

            /// The map without its types.
            #[must_use]
            pub fn raw(&self) -> &$crate::RawMap {
                &self.raw
            }

            /// The same map through another descriptor, for another thread.
            ///
            /// # Errors
            /// [`ErrorCode::System`](crate::ErrorCode).
            pub fn try_clone(&self) -> $crate::Result<Self> {
                Ok(Self { raw: self.raw.try_clone()?, types: std::marker::PhantomData })
            }
        }
    };
}
pub(crate) use typed_map;
