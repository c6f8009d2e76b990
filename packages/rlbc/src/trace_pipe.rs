use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::time::Duration;

use crate::{Error, ErrorCode, Result, StopHandle};

/// Where tracefs is mounted. @see <https://docs.kernel.org/trace/ftrace.html>
const PATHS: [&str; 2] = [
    "/sys/kernel/tracing/trace_pipe",
    "/sys/kernel/debug/tracing/trace_pipe",
];

/// What programs of this machine print with `bpf_printk`, line by line. Whoever reads a line takes it from all others.
///
/// ```no_run
/// for line in rlbc::TracePipe::open()? {
///     println!("{}", line?);
/// }
/// # Ok::<(), rlbc::Error>(())
/// ```
#[derive(Debug)]
pub struct TracePipe {
    file: File,
    stop: StopHandle,
    /// Read, and not given out yet.
    text: Vec<u8>,
}

impl TracePipe {
    /// Begins to read, at the oldest line that nobody has read.
    ///
    /// # Errors
    /// [`ErrorCode::NoPermission`]; [`ErrorCode::System`] where tracefs is not mounted.
    pub fn open() -> Result<Self> {
        let mut options = OpenOptions::new();
        options
            .read(true)
            .custom_flags(libc::O_NONBLOCK | libc::O_CLOEXEC);
        let mut opened = PATHS.iter().map(|path| options.open(path));
        let first = opened.next().expect("there is more than one path");
        let file = first.or_else(|error| opened.find_map(io::Result::ok).ok_or(error));
        let file = file.map_err(|source| {
            let code = match source.kind() {
                io::ErrorKind::PermissionDenied => ErrorCode::NoPermission,
                _ => ErrorCode::System,
            };
            Error::new(code, "cannot open trace_pipe")
                .with_source(source)
                .with_hint(
                    "it needs root, and tracefs: mount -t tracefs tracefs /sys/kernel/tracing",
                )
        })?;
        Ok(Self {
            file,
            stop: StopHandle::new()?,
            text: Vec::new(),
        })
    }

    /// A handle that ends the wait for lines from elsewhere.
    #[must_use]
    pub fn stop_handle(&self) -> StopHandle {
        self.stop.clone()
    }

    /// The next line, without its line break; `None` where none came in time, or the pipe was stopped. A line has the task,
    /// its id, the CPU, flags, seconds since boot, `bpf_trace_printk` and the message.
    ///
    /// # Errors
    /// [`ErrorCode::Interrupted`] after a signal, [`ErrorCode::System`].
    pub fn next_timeout(&mut self, timeout: Duration) -> Result<Option<String>> {
        self.next_within(Some(timeout))
    }

    fn next_within(&mut self, timeout: Option<Duration>) -> Result<Option<String>> {
        loop {
            if let Some(line) = self.take_line() {
                return Ok(Some(line));
            }
            // What nobody has read yet is left to others.
            if self.stop.is_stopped() {
                return Ok(None);
            }
            if !self.fill()? && !self.stop.wait(self.file.as_raw_fd(), timeout)? {
                return Ok(None);
            }
        }
    }

    fn take_line(&mut self) -> Option<String> {
        let end = self.text.iter().position(|&byte| byte == b'\n')?;
        let line = String::from_utf8_lossy(&self.text[..end]).into_owned();
        self.text.drain(..=end);
        Some(line)
    }

    /// Reads what is there, without waiting; whether there was anything.
    fn fill(&mut self) -> Result<bool> {
        let mut page = [0; 4096];
        match self.file.read(&mut page) {
            Ok(size) => {
                self.text.extend_from_slice(&page[..size]);
                Ok(size > 0)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(source) => {
                Err(Error::new(ErrorCode::System, "cannot read trace_pipe").with_source(source))
            }
        }
    }
}

/// Waits for lines, until it is stopped.
impl Iterator for TracePipe {
    type Item = Result<String>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.next_within(None) {
                // A signal alone does not end the loop: its handler stops the pipe if it means that.
                Err(error) if error.code() == ErrorCode::Interrupted => {}
                Ok(None) if !self.stop.is_stopped() => {}
                line => return line.transpose(),
            }
        }
    }
}
