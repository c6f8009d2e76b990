/// Gives bytes the alignment that an ELF reader wants: `&Aligned(*include_bytes!("hello.bpf.obj"))`.
#[derive(Debug)]
#[repr(C, align(8))]
pub struct Aligned<T: ?Sized>(pub T);
