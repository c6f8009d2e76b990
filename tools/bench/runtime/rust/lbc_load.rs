//! rlbc as a peer: open, load, attach, close.

#[allow(dead_code)]
mod execsnoop;
#[allow(dead_code)]
mod measure;

use execsnoop::Execsnoop;

fn main() {
    measure::loaded(|| {
        let mut skel = Execsnoop::open().unwrap().load().unwrap();
        skel.attach().unwrap();
    });
}
