//! What both peers in Rust do the same way. See peer.ts.

use std::time::Instant;

pub const ROUNDS: u64 = 10;
pub const EVENTS: u64 = 200_000;
pub const ENTRIES: u32 = 10_000;
const LOADS: u64 = 20;

/// How long it takes, in nanoseconds, and what it gives.
pub fn timed<T>(run: impl FnOnce() -> T) -> (u128, T) {
    let started = Instant::now();
    let value = run();
    (started.elapsed().as_nanos(), value)
}

/// One line of the peer.
pub fn report(measure: &str, count: u64, nanoseconds: u128, sum: i64) {
    println!(
        "{{\"measure\":\"{measure}\",\"count\":{count},\"nanoseconds\":{nanoseconds},\"sum\":{sum}}}"
    );
}

/// Fills and drains, where only the drain is timed.
pub fn drained(measure: &str, mut fill: impl FnMut(), mut drain: impl FnMut() -> i64) {
    let (mut sum, mut nanoseconds) = (0, 0);
    for _ in 0..ROUNDS {
        fill();
        let (took, part) = timed(&mut drain);
        nanoseconds += took;
        sum += part;
    }
    report(measure, ROUNDS * EVENTS, nanoseconds, sum);
}

/// The first load, and how long one takes after it.
pub fn loaded(mut once: impl FnMut()) {
    report("first load", 1, timed(&mut once).0, 0);
    let again = timed(|| (0..LOADS).for_each(|_| once())).0;
    report("load again", LOADS, again, 0);
}

/// `update` and `lookup` of one entry each.
pub fn one_by_one(update: impl Fn(u32, u64), lookup: impl Fn(u32) -> u64) {
    let all = || (0..ROUNDS).flat_map(|round| (0..ENTRIES).map(move |key| (round, key)));
    let count = ROUNDS * u64::from(ENTRIES);
    let took = timed(|| all().for_each(|(round, key)| update(key, u64::from(key) + round))).0;
    report("update", count, took, 0);
    let (took, sum) = timed(|| all().map(|(_, key)| lookup(key)).sum::<u64>());
    report("lookup", count, took, sum as i64);
}
