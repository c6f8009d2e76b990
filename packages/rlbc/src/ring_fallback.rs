//! Kernels before 5.8 have no ring buffers: there, a map that `LBC_EMIT` sends to becomes a perf event array. The program takes
//! its other way by a CO-RE check of the same enumerator that is looked for here.

use std::path::Path;

use libbpf_rs::btf::{Btf, types};
use libbpf_rs::{AsRawLibbpf as _, MapType, OpenObject};

/// The enum of lbc.h that only `LBC_EMIT` brings into an object's BTF.
const ASKED: &str = "bpf_map_type___lbc";

/// Makes the ring buffers of an object perf event arrays, where it uses `LBC_EMIT` and the kernel has none. `btf` is a file
/// with the kernel's types, if it is not to be asked.
pub fn retype_rings(object: &mut OpenObject, btf: Option<&Path>) -> libbpf_rs::Result<()> {
    if !asks(object)? || has_ring_buffers(btf)? {
        return Ok(());
    }
    let cpus = libbpf_rs::num_possible_cpus()?;
    let rings = |map: &libbpf_rs::OpenMapMut<'_>| map.map_type() == MapType::RingBuf;
    for mut map in object.maps_mut().filter(rings) {
        map.set_type(MapType::PerfEventArray)?;
        map.set_key_size(size_of::<u32>() as u32)?;
        map.set_value_size(size_of::<u32>() as u32)?;
        map.set_max_entries(u32::try_from(cpus).unwrap_or(u32::MAX))?;
        map.set_map_flags(0)?;
    }
    Ok(())
}

fn asks(object: &OpenObject) -> libbpf_rs::Result<bool> {
    // SAFETY: the object is borrowed for as long as its BTF is looked at.
    let btf = Btf::from_bpf_object(unsafe { object.as_libbpf_object().as_ref() })?;
    Ok(btf.is_some_and(|btf| btf.type_by_name::<types::Enum<'_>>(ASKED).is_some()))
}

fn has_ring_buffers(btf: Option<&Path>) -> libbpf_rs::Result<bool> {
    let btf = match btf {
        Some(path) => Btf::from_path(path)?,
        None => Btf::from_vmlinux()?,
    };
    let kinds = btf.type_by_name::<types::Enum<'_>>("bpf_map_type");
    Ok(kinds.is_some_and(|kinds| {
        kinds
            .iter()
            .any(|kind| kind.name.is_some_and(|name| name == "BPF_MAP_TYPE_RINGBUF"))
    }))
}
