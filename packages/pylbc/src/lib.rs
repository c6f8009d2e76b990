//! `pylbc._native`: libbpf for the typed Python layer of pylbc. Everything public is in the Python package.

mod array;
mod codec;
mod error;
mod events;
mod field;
mod hooks;
mod link;
mod map;
mod map_open;
mod map_walk;
mod memory;
mod number;
mod object;
mod perf_event;
mod print;
mod program;
mod source;
mod structure;
mod symbolize;
mod user_ring;

use pyo3::prelude::*;

/// How many CPUs the kernel may ever bring up; per-CPU maps have a value for each.
fn possible_cpus() -> PyResult<usize> {
    libbpf_rs::num_possible_cpus().map_err(|error| error::Failure::libbpf("no-cpus", "possible CPUs", &error).into())
}

#[pymodule(gil_used = true)]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::array::Array;
    #[pymodule_export]
    use crate::codec::Codec;
    #[pymodule_export]
    use crate::events::Reader;
    #[pymodule_export]
    use crate::hooks::{
        attach_among, attach_freplace, attach_iter, attach_netfilter, attach_sockmap, attach_tc, attach_xdp_with_flags,
        detach_tc,
    };
    #[pymodule_export]
    use crate::link::Link;
    #[pymodule_export]
    use crate::map::Map;
    #[pymodule_export]
    use crate::map_open::MapSettings;
    #[pymodule_export]
    use crate::object::Object;
    #[pymodule_export]
    use crate::program::Program;
    #[pymodule_export]
    use crate::structure::{allocate, bytes_of, received};
    #[pymodule_export]
    use crate::symbolize::Symbolizer;
    #[pymodule_export]
    use crate::user_ring::UserRing;

    #[pyfunction]
    fn possible_cpus() -> PyResult<usize> {
        super::possible_cpus()
    }

    /// `event` is type and configuration, `sample` a period, or a frequency where its flag is set. Gives a descriptor, which
    /// the caller closes; None where the CPU is offline.
    #[pyfunction]
    fn open_perf_event(
        event: (u32, u64),
        sample: (u64, bool),
        pid: i32,
        cpu: i32,
        group: i32,
        flags: u64,
    ) -> PyResult<Option<i32>> {
        Ok(crate::perf_event::open(event, sample, [pid, cpu, group], flags)?)
    }

    /// Has `callback(level, message)` called with what libbpf says from now on, or nobody; `level` is one of `logging`.
    #[pyfunction]
    fn set_print(callback: Option<Py<PyAny>>, level: u32) {
        crate::print::set_callback(callback, level);
    }

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::print::install();
        module.add("Struct", super::structure::base_type(module.py())?)?;
        module.add("Field", super::field::field_type(module.py())?)
    }
}
