//! Integers, floats and bit ranges in either byte order.

use pyo3::exceptions::{PyOverflowError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::memory::Memory;

/// Between the machine's byte order and the type's, for a word of `size` bytes; its own inverse.
pub fn ordered(word: u64, size: usize, big: bool) -> u64 {
    if big == cfg!(target_endian = "big") { word } else { word.swap_bytes() >> (64 - 8 * size) }
}

fn wide(bytes: &[u8], big: bool) -> u128 {
    let fold = |number: u128, &byte: &u8| number << 8 | u128::from(byte);
    if big { bytes.iter().fold(0, fold) } else { bytes.iter().rev().fold(0, fold) }
}

fn set_wide(bytes: &mut [u8], number: u128, big: bool) {
    let size = bytes.len();
    for (index, byte) in bytes.iter_mut().enumerate() {
        let position = if big { size - 1 - index } else { index };
        *byte = (number >> (8 * position)) as u8;
    }
}

/// The low `bits` bits as a signed number.
fn sign_extended(number: u128, bits: u32) -> i128 {
    ((number << (128 - bits)) as i128) >> (128 - bits)
}

#[inline]
pub fn read_int<'py>(
    py: Python<'py>,
    memory: &Memory,
    at: usize,
    size: usize,
    signed: bool,
    big: bool,
) -> PyResult<Bound<'py, PyAny>> {
    if size == 16 {
        return read_wide(py, memory, at, signed, big);
    }
    let word = ordered(memory.word(at, size)?, size, big);
    if signed {
        let unused = 64 - 8 * size;
        Ok((((word << unused) as i64) >> unused).into_pyobject(py)?.into_any())
    } else {
        Ok(word.into_pyobject(py)?.into_any())
    }
}

fn read_wide<'py>(py: Python<'py>, memory: &Memory, at: usize, signed: bool, big: bool) -> PyResult<Bound<'py, PyAny>> {
    let mut bytes = [0; 16];
    memory.read(at, &mut bytes)?;
    let number = wide(&bytes, big);
    if signed { Ok((number as i128).into_pyobject(py)?.into_any()) } else { Ok(number.into_pyobject(py)?.into_any()) }
}

/// The value as the low `bits` bits of a two's complement number; OverflowError where it does not fit.
fn checked_int(value: &Bound<'_, PyAny>, bits: u32, signed: bool) -> PyResult<u128> {
    let overflow = || {
        let sign = if signed { "signed" } else { "unsigned" };
        PyOverflowError::new_err(format!("{value} does not fit into {bits} bits, {sign}"))
    };
    let refused = |error: PyErr| {
        if error.is_instance_of::<PyOverflowError>(value.py()) { overflow() } else { error }
    };
    let spare = 128 - bits;
    if signed {
        // The wide types take a slower way through Python's stable ABI.
        let number = if bits <= 64 { value.extract::<i64>().map(i128::from) } else { value.extract::<i128>() };
        let number = number.map_err(refused)?;
        if (number << spare) >> spare == number { Ok(number as u128) } else { Err(overflow()) }
    } else {
        let number = if bits <= 64 { value.extract::<u64>().map(u128::from) } else { value.extract::<u128>() };
        let number = number.map_err(refused)?;
        if (number << spare) >> spare == number { Ok(number) } else { Err(overflow()) }
    }
}

pub fn write_int(
    memory: &Memory,
    at: usize,
    size: usize,
    signed: bool,
    big: bool,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let number = checked_int(value, 8 * size as u32, signed)?;
    if size == 16 {
        let mut bytes = [0; 16];
        set_wide(&mut bytes, number, big);
        return memory.write(at, &bytes);
    }
    let unused = 64 - 8 * size;
    let word = (number as u64) << unused >> unused;
    memory.set_word(at, size, ordered(word, size, big))
}

pub fn read_float<'py>(
    py: Python<'py>,
    memory: &Memory,
    at: usize,
    size: usize,
    big: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let word = ordered(memory.word(at, size)?, size, big);
    let number = match size {
        2 => return half(py, "unpack", PyBytes::new(py, &(word as u16).to_le_bytes()).as_any())?.get_item(0),
        4 => f64::from(f32::from_bits(word as u32)),
        _ => f64::from_bits(word),
    };
    Ok(number.into_pyobject(py)?.into_any())
}

pub fn write_float(memory: &Memory, at: usize, size: usize, big: bool, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let word = match size {
        2 => {
            let bytes = half(value.py(), "pack", value)?.extract::<[u8; 2]>()?;
            u64::from(u16::from_le_bytes(bytes))
        }
        4 => u64::from((value.extract::<f64>()? as f32).to_bits()),
        _ => value.extract::<f64>()?.to_bits(),
    };
    memory.set_word(at, size, ordered(word, size, big))
}

/// IEEE 754 half precision, which stable Rust lacks, by Python's struct module.
fn half<'py>(py: Python<'py>, method: &str, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    py.import("struct")?.call_method1(method, ("<e", value))
}

/// The most bytes that a bit-field can touch: 128 bits that begin inside a byte.
const UNIT: usize = 17;

/// `size` bits above `shift`, in the number that `bytes` bytes at `offset` make.
#[derive(Clone, Copy, Debug)]
pub struct BitPlace {
    pub offset: usize,
    pub bytes: usize,
    pub shift: u32,
    pub size: u32,
    pub big: bool,
}

impl BitPlace {
    pub fn check(bytes: usize, shift: u32, size: u32) -> PyResult<()> {
        if !(1..=UNIT).contains(&bytes) || !(1..=128).contains(&size) || shift > 127 || shift + size > 8 * bytes as u32
        {
            return Err(PyValueError::new_err(format!("no {size} bits at {shift} in {bytes} bytes")));
        }
        Ok(())
    }

    fn mask(&self) -> u128 {
        u128::MAX >> (128 - self.size)
    }

    /// Position, in the unit, of its 17th byte; the other sixteen are one number.
    fn split<'unit>(&self, unit: &'unit mut [u8]) -> (&'unit mut [u8], &'unit mut [u8]) {
        if unit.len() < UNIT {
            return unit.split_at_mut(unit.len());
        }
        if self.big {
            let (top, low) = unit.split_at_mut(1);
            (low, top)
        } else {
            unit.split_at_mut(UNIT - 1)
        }
    }

    pub fn read<'py>(&self, py: Python<'py>, memory: &Memory, signed: bool) -> PyResult<Bound<'py, PyAny>> {
        let mut unit = [0; UNIT];
        memory.read(self.offset, &mut unit[..self.bytes])?;
        let (low, top) = self.split(&mut unit[..self.bytes]);
        let mut number = wide(low, self.big) >> self.shift;
        if let [top] = top {
            number |= u128::from(*top) << (128 - self.shift);
        }
        let number = number & self.mask();
        Ok(match (signed, self.size <= 64) {
            (true, true) => (sign_extended(number, self.size) as i64).into_pyobject(py)?.into_any(),
            (true, false) => sign_extended(number, self.size).into_pyobject(py)?.into_any(),
            (false, true) => (number as u64).into_pyobject(py)?.into_any(),
            (false, false) => number.into_pyobject(py)?.into_any(),
        })
    }

    pub fn write(&self, memory: &Memory, signed: bool, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let number = checked_int(value, self.size, signed)? & self.mask();
        let mut unit = [0; UNIT];
        memory.update(self.offset, &mut unit[..self.bytes], |unit| {
            let (low, top) = self.split(unit);
            let others = wide(low, self.big) & !(self.mask() << self.shift);
            set_wide(low, others | number << self.shift, self.big);
            if let [top] = top {
                let above = 128 - self.shift;
                *top = *top & !((self.mask() >> above) as u8) | (number >> above) as u8;
            }
        })
    }
}
