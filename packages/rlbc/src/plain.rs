use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A type that is its bytes: every bit pattern is a value, and no byte is padding that Rust may leave uninitialized.
///
/// Keys, values, events and sections are of such types. There is nothing to implement: it holds for whatever derives
/// zerocopy's four traits, which prove it when they are derived. (zerocopy and not bytemuck, because its `IntoBytes` also
/// proves packed and nested types, and because a generated crate then needs no `unsafe`.)
pub trait Plain: FromBytes + IntoBytes + Immutable + KnownLayout + Copy + 'static {}

impl<T: FromBytes + IntoBytes + Immutable + KnownLayout + Copy + 'static> Plain for T {}
