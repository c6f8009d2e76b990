//! The Rust runtime of lbc: typed maps, events, globals and programs over [libbpf-rs](libbpf_rs).
//!
//! `lbc gen hello.bpf.o --lang rust` writes a crate that names an object's maps, globals and programs; this crate is what
//! stands below it. A generated skeleton goes through two states, and what belongs to one does not compile in the other:
//!
//! ```text
//! let mut open = Hello::open()?;                        // parsed: globals, sizes and autoload can be set
//! open.rodata_mut().target_pid = std::process::id();
//! let mut skel = open.load()?;                          // in the kernel: maps, programs and live globals
//! skel.attach()?;
//! let events = skel.maps().events().reader()?;          // owns its descriptor: skel stays usable
//! for event in events {
//!     let event = event?;
//!     println!("{} {}", event.pid, event.comm);
//! }
//! ```
//!
//! The types can be used without a skeleton as well, on a map that another process has pinned:
//!
//! ```no_run
//! let handle = rlbc::MapHandle::from_pinned_path("/sys/fs/bpf/counts")?;
//! let counts = rlbc::KeyedMap::<u32, u64>::from_handle(handle)?;
//! for entry in counts.iter()? {
//!     let (uid, count) = entry?;
//!     println!("{uid} {count}");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(not(target_os = "linux"))]
compile_error!("rlbc loads BPF programs, which only Linux has");

mod align;
#[doc(hidden)] // for pylbc, which stands on the same libbpf-rs; so are the other hidden ones
pub mod arena;
mod assert_layout;
mod big_endian;
mod bits;
mod clock;
mod element;
#[doc(hidden)]
pub mod errno;
mod error;
mod events;
pub mod field;
mod frozen;
mod global;
mod histogram;
mod include;
mod ip;
mod libbpf_log;
mod map;
mod object;
mod open_options;
mod packet_socket;
mod permission;
mod plain;
mod program;
#[doc(hidden)]
pub mod ring_fallback;
mod scalar;
mod section;
#[doc(hidden)]
pub mod since;
#[cfg(feature = "symbolize")]
mod symbolize;
mod text;
mod trace_pipe;
#[doc(hidden)]
pub mod trampoline;
#[doc(hidden)]
pub mod usdt;
mod verifier;
mod words;

pub use align::Aligned;
pub use arena::Arena;
pub use big_endian::Be;
pub use bits::BitField;
pub use clock::{boot_time, monotonic_time};
pub use error::{Error, ErrorCode, Result};
pub use events::{
    Event, EventReader, Events, PerfEventArray, Record, RecordSize, RingBuffer, StopHandle,
};
pub use global::{Global, Globals};
pub use histogram::{Bucket, Histogram, Scale};
pub use include::include_dir;
pub use ip::{ipv4, ipv6};
pub use libbpf_rs;
pub use libbpf_rs::{Link, MapFlags, MapHandle, PrintLevel, set_print};
pub use map::{
    ArrayMap, BloomFilter, HistogramMap, KeyedMap, MapOfMaps, MappedArray, PerCpuArray, PerCpuMap,
    ProgramArray, QueueMap, RawMap, StackTraces, UserRing,
};
pub use object::{Object, OpenObject};
pub use open_options::OpenOptions;
pub use packet_socket::open_packet_socket;
pub use plain::Plain;
pub use program::{NewLinks, Program, TestInput, TestRun, UprobeTarget, UsdtTarget, kind};
pub use scalar::{Address, Bool, Padding};
#[cfg(feature = "symbolize")]
pub use symbolize::{Frame, SourceLine, Symbolizer};
pub use text::{Text, text_of};
pub use trace_pipe::TracePipe;
pub use zerocopy;
