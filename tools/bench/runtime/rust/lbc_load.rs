//! rlbc as a peer: open, load, attach, close.

#[allow(dead_code)] // it has the whole object, of which a program uses a part
mod execsnoop;
#[allow(dead_code)] // each peer uses a part of it
mod measure;

use execsnoop::Execsnoop;

fn main() {
    measure::loaded(|| {
        let mut skel = Execsnoop::open().unwrap().load().unwrap();
        skel.attach().unwrap();
    });
}
