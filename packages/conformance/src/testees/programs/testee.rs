//! What every Rust testee needs: it reads records and prints lines of JSON.
use std::fmt::Write;

pub type Values = Vec<String>;

/// How a leaf is shown.
pub trait Show {
    fn show(&self, out: &mut Values);
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Show for $number {
            fn show(&self, out: &mut Values) {
                out.push(self.to_string());
            }
        }
    )*};
}
numbers!(u8 i8 u16 i16 u32 i32 u64 i64 u128 i128);

macro_rules! big_endian_numbers {
    ($($number:ty)*) => {$(
        impl Show for rlbc::Be<$number> {
            fn show(&self, out: &mut Values) {
                self.get().show(out);
            }
        }
    )*};
}
big_endian_numbers!(u16 i16 u32 i32 u64 i64 u128 i128);

macro_rules! floats {
    ($($float:ty)*) => {$(
        impl Show for $float {
            fn show(&self, out: &mut Values) {
                show_bytes(&self.to_be_bytes(), out);
            }
        }
        impl Show for rlbc::Be<$float> {
            fn show(&self, out: &mut Values) {
                self.get().show(out);
            }
        }
    )*};
}
floats!(f32 f64);

impl Show for bool {
    fn show(&self, out: &mut Values) {
        u8::from(*self).show(out);
    }
}

impl Show for rlbc::Bool {
    fn show(&self, out: &mut Values) {
        self.get().show(out);
    }
}

impl Show for rlbc::Address {
    fn show(&self, out: &mut Values) {
        self.0.show(out);
    }
}

impl Show for rlbc::Be<rlbc::Address> {
    fn show(&self, out: &mut Values) {
        self.get().show(out);
    }
}

impl<const N: usize> Show for rlbc::Text<N> {
    fn show(&self, out: &mut Values) {
        show_bytes(self.text_bytes(), out);
    }
}

pub fn show_bytes(bytes: &[u8], out: &mut Values) {
    out.push(hex(bytes));
}

fn hex(bytes: &[u8]) -> String {
    let mut digits = String::new();
    for byte in bytes {
        write!(digits, "{byte:02x}").unwrap();
    }
    digits
}

/// Marks of the leaves, taken in order.
pub struct Marks<'a>(std::slice::Iter<'a, u8>);

impl Marks<'_> {
    pub fn take(&mut self) -> bool {
        *self.0.next().unwrap() == 1
    }
}

pub struct Record {
    pub kind: u32,
    marks: Vec<u8>,
    bytes: Vec<u8>,
}

pub struct Records {
    data: Vec<u8>,
    at: usize,
}

impl Records {
    /// Those in the file that the second argument names.
    pub fn read() -> Self {
        let path = std::env::args().nth(2).unwrap();
        Self { data: std::fs::read(path).unwrap(), at: 0 }
    }

    fn take(&mut self, size: usize) -> Vec<u8> {
        let taken = self.data[self.at..self.at + size].to_vec();
        self.at += size;
        taken
    }

    fn number(&mut self) -> u32 {
        u32::from_le_bytes(self.take(4).try_into().unwrap())
    }
}

impl Iterator for Records {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        if self.at == self.data.len() {
            return None;
        }
        let (kind, leaves, size) = (self.number(), self.number(), self.number());
        let marks = self.take(leaves as usize);
        let bytes = self.take(size as usize);
        Some(Record { kind, marks, bytes })
    }
}

/// Offset and size of a member in bytes; None where it is no field.
pub type Place = Option<(usize, usize)>;

/// The place of a field, known when the program is compiled.
#[macro_export]
macro_rules! place {
    ($type:ty, $field:ident) => {
        const {
            let value = std::mem::MaybeUninit::<$type>::uninit();
            // SAFETY: the pointer is to memory of the type, and nothing is read through it.
            let field = unsafe { &raw const (*value.as_ptr()).$field };
            Some((std::mem::offset_of!($type, $field), $crate::testee::size_behind(field)))
        }
    };
}

pub const fn size_behind<F>(_: *const F) -> usize {
    size_of::<F>()
}

pub struct Output(Vec<String>);

impl Output {
    pub fn new() -> Self {
        Self(Vec::new())
    }

    pub fn facts(&mut self, kind: u32, size: usize, align: usize, members: &[Place]) {
        let members: Vec<_> = members
            .iter()
            .map(|member| member.map_or("null".to_string(), |(offset, size)| format!("[{offset},{size}]")))
            .collect();
        let members = members.join(",");
        self.0.push(format!("{{\"type\":{kind},\"size\":{size},\"align\":{align},\"members\":[{members}]}}"));
    }

    pub fn result<T: rlbc::Plain + Default>(
        &mut self,
        record: &Record,
        show: fn(&T, &mut Values),
        copy: fn(T, T, &mut Marks) -> T,
    ) {
        let mut value = T::default();
        value.as_mut_bytes().copy_from_slice(&record.bytes);
        let mut values = Values::new();
        show(&value, &mut values);
        self.push_result(&values, copy(value, T::default(), &mut Marks(record.marks.iter())).as_bytes());
    }

    fn push_result(&mut self, values: &Values, bytes: &[u8]) {
        let values: Vec<_> = values.iter().map(|value| format!("\"{value}\"")).collect();
        let bytes = hex(bytes);
        self.0.push(format!("{{\"values\":[{}],\"bytes\":\"{bytes}\"}}", values.join(",")));
    }

    pub fn print(&self) {
        print!("{}", self.0.join("\n"));
    }
}
