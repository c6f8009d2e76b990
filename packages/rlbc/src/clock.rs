//! Wall-clock time of what the kernel's clocks measure since boot.

use std::time::{Duration, SystemTime};

/// The wall-clock time of `bpf_ktime_get_ns()`: nanoseconds since boot, without the time that the machine was suspended.
#[must_use]
pub fn monotonic_time(nanoseconds: u64) -> SystemTime {
    wall_clock(libc::CLOCK_MONOTONIC, nanoseconds)
}

/// The wall-clock time of `bpf_ktime_get_boot_ns()`: nanoseconds since boot.
#[must_use]
pub fn boot_time(nanoseconds: u64) -> SystemTime {
    wall_clock(libc::CLOCK_BOOTTIME, nanoseconds)
}

/// As the wall clock is set now: it counts how long ago the moment was.
fn wall_clock(clock: libc::clockid_t, nanoseconds: u64) -> SystemTime {
    let (now, clock_now) = (SystemTime::now(), read(clock));
    let moment = Duration::from_nanos(nanoseconds);
    if moment <= clock_now {
        now - (clock_now - moment)
    } else {
        now + (moment - clock_now)
    }
}

fn read(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the result is written to memory that lives during the call.
    let result = unsafe { libc::clock_gettime(clock, &mut time) };
    assert_eq!(result, 0, "Linux has had these clocks since 2.6.39");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds_from_now(time: SystemTime) -> u128 {
        match time.elapsed() {
            Ok(ago) => ago.as_millis(),
            Err(ahead) => ahead.duration().as_millis(),
        }
    }

    #[test]
    fn what_the_clock_says_now_is_now() {
        let now = read(libc::CLOCK_MONOTONIC).as_nanos() as u64;
        assert!(milliseconds_from_now(monotonic_time(now)) < 1000);
        let now = read(libc::CLOCK_BOOTTIME).as_nanos() as u64;
        assert!(milliseconds_from_now(boot_time(now)) < 1000);
    }

    #[test]
    fn moments_before_and_after_keep_their_distance() {
        let now = read(libc::CLOCK_MONOTONIC).as_nanos() as u64;
        let minute = 60_000_000_000;
        let (past, future) = (
            monotonic_time(now - minute.min(now)),
            monotonic_time(now + minute),
        );
        let distance = future.duration_since(past).unwrap().as_millis();
        assert!(distance.abs_diff(u128::from((minute + minute.min(now)) / 1_000_000)) < 1000);
    }
}
