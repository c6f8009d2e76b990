/// Proves at compile time that Rust lays a struct out as clang did: its size, alignment and the offset of every field.
///
/// ```
/// # #[repr(C)] struct Event { pid: u32, comm: rlbc::Text<16> }
/// rlbc::assert_layout! {
///     Event, size 20, align 4;
///     pid: 0,
///     comm: 4,
/// }
/// ```
///
/// ```compile_fail
/// # #[repr(C)] struct Event { pid: u32, comm: rlbc::Text<16> }
/// rlbc::assert_layout! {
///     Event, size 20, align 4;
///     comm: 8,
/// }
/// ```
#[macro_export]
macro_rules! assert_layout {
    ($type:ty, size $size:literal, align $align:literal; $($field:ident: $offset:literal),* $(,)?) => {
        const _: () = {
            assert!(size_of::<$type>() == $size, "another size than in the BPF object");
            assert!(align_of::<$type>() == $align, "another alignment than in the BPF object");
            $(
                assert!(
                    core::mem::offset_of!($type, $field) == $offset,
                    concat!("another offset of ", stringify!($field), " than in the BPF object"),
                );
            )*
        };
    };
}
