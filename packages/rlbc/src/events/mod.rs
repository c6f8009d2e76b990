//! Events of ring buffers and perf event arrays.

mod claim;
mod early;
pub(crate) mod mapping;
mod perf;
mod reader;
mod record;
mod ring;
mod stop;
mod stream;

pub use reader::{EventReader, Events};
pub use record::{Event, Record, RecordSize};
pub use stop::StopHandle;
pub use stream::{PerfEventArray, RingBuffer};
