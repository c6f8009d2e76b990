//! Names for the addresses of stack traces that the running kernel takes.
#![cfg(feature = "symbolize")]

#[path = "support/file_offset.rs"]
mod file_offset;
#[path = "support/helpers_object.rs"]
mod helpers_object;
mod support;

use std::ffi::{c_int, c_void};
use std::process::{Command, id};

use file_offset::file_offset;
use helpers_object::{StackSample, load, reader};
use rlbc::{StackTraces, Symbolizer, UprobeTarget, kind};

#[inline(never)]
extern "C" fn called_by_the_test(number: c_int) -> c_int {
    std::hint::black_box(number) + 1
}

#[test]
fn the_stacks_of_the_process_and_of_the_kernel_are_named() {
    let object = load(id());
    let mut samples = reader::<StackSample>(&object, "samples");
    let stacks = StackTraces::new(object.map("stacks").unwrap()).unwrap();
    let function = called_by_the_test as extern "C" fn(c_int) -> c_int as *const c_void as usize;
    let target = UprobeTarget::offset("/proc/self/exe", file_offset(function)).pid(id());
    let _link = object
        .program::<kind::Uprobe>("on_call")
        .attach_to(&target)
        .unwrap();
    assert_eq!(called_by_the_test(1), 2);

    let sample = samples.try_next().unwrap().unwrap();
    let symbolizer = Symbolizer::new();
    let user = stacks.lookup(sample.user_stack).unwrap().unwrap();
    let user = symbolizer.process(sample.pid, &user).unwrap();
    let innermost = user[0].function.as_deref().unwrap();
    assert!(innermost.ends_with("called_by_the_test"), "{user:#?}");
    // A uprobe interrupts the program, so that there is nothing of the kernel on its stack.
    assert_eq!(stacks.lookup(sample.kernel_stack).unwrap(), None);

    let _link = object
        .program::<kind::RawTracepoint>("on_fork")
        .attach()
        .unwrap();
    assert!(Command::new("true").status().unwrap().success());
    let sample = samples.try_next().unwrap().unwrap();
    let kernel = stacks.lookup(sample.kernel_stack).unwrap().unwrap();
    let kernel = symbolizer.kernel(&kernel).unwrap();
    assert!(
        !kernel.is_empty() && kernel.iter().all(|frame| frame.function.is_some()),
        "{kernel:#?}"
    );
}
