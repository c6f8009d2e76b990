use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::{Error, ErrorCode, Result};

/// Ends a reader from elsewhere: another thread, or a signal handler. Clones end the same reader.
#[derive(Clone, Debug)]
pub struct StopHandle(Arc<Stop>);

#[derive(Debug)]
struct Stop {
    requested: AtomicBool,
    /// An eventfd, which wakes whoever waits.
    wake: OwnedFd,
}

impl StopHandle {
    pub(crate) fn new() -> Result<Self> {
        // SAFETY: eventfd has no preconditions.
        let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if fd < 0 {
            return Err(Error::last_os(
                ErrorCode::System,
                "cannot create an eventfd",
            ));
        }
        // SAFETY: the descriptor is new, so that nobody else owns it.
        let wake = unsafe { OwnedFd::from_raw_fd(fd) };
        Ok(Self(Arc::new(Stop {
            requested: AtomicBool::new(false),
            wake,
        })))
    }

    /// Ends the reader: it still gives what had arrived by then, and no more. It may be called from a signal handler, and
    /// more than once.
    pub fn stop(&self) {
        self.0.requested.store(true, Ordering::Release);
        let one = 1_u64;
        // SAFETY: eight bytes that live during the call. A full counter has woken the reader already.
        unsafe {
            libc::write(
                self.0.wake.as_raw_fd(),
                (&raw const one).cast(),
                size_of::<u64>(),
            )
        };
    }

    /// Whether the reader was told to end.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.requested.load(Ordering::Acquire)
    }

    /// Waits until `fd` is readable, the handle stops, or the time is over (never, if `None`); `true` if `fd` is readable.
    pub(crate) fn wait(&self, fd: RawFd, timeout: Option<Duration>) -> Result<bool> {
        let poll = |fd| libc::pollfd {
            fd,
            events: libc::POLLIN,
            revents: 0,
        };
        let mut fds = [poll(fd), poll(self.0.wake.as_raw_fd())];
        // Rounded up, or a short timeout would not wait at all; what is longer than poll(2) can say waits as long as that.
        let millis = timeout.map_or(-1, |time| {
            i32::try_from(time.as_micros().div_ceil(1000)).unwrap_or(i32::MAX)
        });
        // SAFETY: the array lives during the call, and has this length.
        let ready = unsafe { libc::poll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, millis) };
        if ready >= 0 {
            return Ok(fds[0].revents != 0);
        }
        let source = io::Error::last_os_error();
        let code = match source.kind() {
            io::ErrorKind::Interrupted => ErrorCode::Interrupted,
            _ => ErrorCode::System,
        };
        Err(Error::new(code, "cannot wait for events").with_source(source))
    }
}
