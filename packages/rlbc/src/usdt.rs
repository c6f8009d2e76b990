//! Where the arguments of statically defined probes are, which libbpf tells programs through a map of the object. libbpf 1.7
//! writes it as its own usdt.bpf.h reads it; objects that were compiled with an older one, such as Debian 12's, expect smaller
//! structs. For them what libbpf wrote is put in the old order, right after it has attached a program.
//! @see `struct __bpf_usdt_spec` in src/usdt.bpf.h of libbpf 1.6 and of 1.7

use std::os::fd::AsFd as _;

use libbpf_rs::{MapCore as _, MapFlags, MapHandle, MapType, OpenObject, libbpf_sys};

const MAP: &str = "__bpf_usdt_specs";
/// `BPF_USDT_MAX_ARG_CNT`.
const ARGUMENTS: usize = 12;
/// u64 val_off, u32 arg_type, s16 reg_off, bool arg_signed, s8 arg_bitshift.
const OLD_ARGUMENT: usize = 16;
/// u64 val_off, 6 bytes with the type in one and an index register in others, s16 reg_off, and the same as before; padding.
const NEW_ARGUMENT: usize = 24;
const NEW_TYPE: usize = if cfg!(target_endian = "big") { 12 } else { 8 };
/// Behind the arguments: u64 usdt_cookie, s16 arg_cnt and padding.
const REST: usize = 16;
const OLD_SPEC: usize = ARGUMENTS * OLD_ARGUMENT + REST;
const NEW_SPEC: usize = ARGUMENTS * NEW_ARGUMENT + REST;

/// Where an object expects the old structs: gives it a map with room for what libbpf writes.
pub fn make_room(object: &mut OpenObject) -> libbpf_rs::Result<Option<MapHandle>> {
    let map = object.maps_mut().find(|map| map.name() == MAP);
    let Some(mut map) = map.filter(|map| map.value_size() as usize == OLD_SPEC) else {
        return Ok(None);
    };
    let options = libbpf_sys::bpf_map_create_opts {
        sz: size_of::<libbpf_sys::bpf_map_create_opts>() as _,
        ..Default::default()
    };
    let (key, value, entries) = (size_of::<u32>() as u32, NEW_SPEC as u32, map.max_entries());
    let specs = MapHandle::create(MapType::Array, Some(MAP), key, value, entries, &options)?;
    map.reuse_fd(specs.as_fd())?;
    Ok(Some(specs))
}

/// Puts in the old order what libbpf has written since the last time.
pub fn put_in_order(specs: &MapHandle) -> libbpf_rs::Result<()> {
    for index in 0..specs.max_entries() {
        let key = index.to_ne_bytes();
        let Some(mut spec) = specs.lookup(&key, MapFlags::ANY)? else {
            continue;
        };
        if reorder(&mut spec) {
            specs.update(&key, &spec, MapFlags::ANY)?;
        }
    }
    Ok(())
}

/// Whether there was something to do: the number of arguments and the cookie are behind the end of the old struct.
fn reorder(spec: &mut [u8]) -> bool {
    if spec[OLD_SPEC..].iter().all(|&byte| byte == 0) {
        return false;
    }
    for index in 0..ARGUMENTS {
        let (old, new) = (index * OLD_ARGUMENT, index * NEW_ARGUMENT);
        // Arguments only move to the front, so that none is overwritten before its turn.
        spec.copy_within(new..new + 8, old);
        let kind = u32::from(spec[new + NEW_TYPE]);
        let rest = [
            spec[new + 14],
            spec[new + 15],
            spec[new + 16],
            spec[new + 17],
        ];
        spec[old + 8..old + 12].copy_from_slice(&kind.to_ne_bytes());
        spec[old + 12..old + 16].copy_from_slice(&rest);
    }
    spec.copy_within(NEW_SPEC - REST.., OLD_SPEC - REST);
    spec[OLD_SPEC..].fill(0);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_cookie_and_number_are_where_older_programs_read_them() {
        let mut spec = [0; NEW_SPEC];
        for index in 0..ARGUMENTS {
            let argument = &mut spec[index * NEW_ARGUMENT..][..NEW_ARGUMENT];
            argument[..8].copy_from_slice(&(index as u64 + 100).to_ne_bytes());
            argument[NEW_TYPE] = 2;
            argument[14..16].copy_from_slice(&(index as i16 - 5).to_ne_bytes());
            (argument[16], argument[17]) = (1, 32);
        }
        spec[NEW_SPEC - 16..NEW_SPEC - 8].copy_from_slice(&77_u64.to_ne_bytes());
        spec[NEW_SPEC - 8] = ARGUMENTS as u8;
        assert!(reorder(&mut spec));
        for index in 0..ARGUMENTS {
            let mut expected = (index as u64 + 100).to_ne_bytes().to_vec();
            expected.extend(2_u32.to_ne_bytes());
            expected.extend((index as i16 - 5).to_ne_bytes());
            expected.extend([1, 32]);
            assert_eq!(spec[index * OLD_ARGUMENT..][..OLD_ARGUMENT], expected);
        }
        assert_eq!((spec[OLD_SPEC - 16], spec[OLD_SPEC - 8]), (77, 12));
        assert!(!reorder(&mut spec));
    }
}
