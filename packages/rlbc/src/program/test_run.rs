use std::time::Duration;

use libbpf_rs::ProgramInput;

use super::Program;
use crate::{Error, ErrorCode, Result};

/// What a program is run on.
#[derive(Clone, Copy, Debug, Default)]
pub struct TestInput<'input> {
    data: &'input [u8],
    context: &'input [u8],
    repeat: u32,
    flags: u32,
    cpu: u32,
}

impl<'input> TestInput<'input> {
    /// Nothing, once.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A packet.
    #[must_use]
    pub fn data(self, data: &'input [u8]) -> Self {
        Self { data, ..self }
    }

    /// A context, such as a `struct __sk_buff`, or the arguments of a raw tracepoint, 8 bytes each.
    #[must_use]
    pub fn context(self, context: &'input [u8]) -> Self {
        Self { context, ..self }
    }

    /// How many times, on what the run before left; 0 is once.
    #[must_use]
    pub fn repeat(self, repeat: u32) -> Self {
        Self { repeat, ..self }
    }

    /// `BPF_F_TEST_RUN_ON_CPU`, `BPF_F_TEST_XDP_LIVE_FRAMES` and their like. @see include/uapi/linux/bpf.h
    #[must_use]
    pub fn flags(self, flags: u32) -> Self {
        Self { flags, ..self }
    }

    /// The CPU, for raw tracepoints with the flag `BPF_F_TEST_RUN_ON_CPU`.
    #[must_use]
    pub fn cpu(self, cpu: u32) -> Self {
        Self { cpu, ..self }
    }
}

/// What a test run gave.
#[derive(Clone, Debug)]
pub struct TestRun {
    /// What the program returned the last time.
    pub return_value: u32,
    /// The packet as the program left it.
    pub data: Vec<u8>,
    /// The context as the program left it.
    pub context: Vec<u8>,
    /// How long the program ran, on average.
    pub duration: Duration,
}

impl<K> Program<'_, K> {
    /// Runs the program once on `data`, as the kernel's BPF_PROG_TEST_RUN does; without data where its kind takes none.
    ///
    /// # Errors
    /// As [`test_run_with`](Self::test_run_with).
    pub fn test_run(&self, data: &[u8]) -> Result<TestRun> {
        self.test_run_with(TestInput::new().data(data))
    }

    /// The same, with a context, or more than once.
    ///
    /// # Errors
    /// [`ErrorCode::ProgramNotLoaded`], [`ErrorCode::RunFailed`] (some kinds cannot be run this way).
    ///
    /// @see <https://docs.kernel.org/bpf/bpf_prog_run.html>
    pub fn test_run_with(&self, input: TestInput<'_>) -> Result<TestRun> {
        /// What an XDP program may put in front of a packet (XDP_PACKET_HEADROOM).
        const HEADROOM: usize = 256;
        self.expect_loaded()?;
        let mut context = input.context.to_vec();
        let mut context_out = vec![0; context.len()];
        let mut data_out = vec![0; input.data.len() + HEADROOM];
        let (packet, contextual) = (!input.data.is_empty(), !context.is_empty());
        let output = self.program.test_run(ProgramInput {
            data_in: packet.then_some(input.data),
            data_out: packet.then_some(&mut data_out),
            // Without a packet, kinds that take a context change it in place, or refuse to be asked for one.
            context_in: contextual.then_some(&mut context),
            context_out: (packet && contextual).then_some(&mut context_out),
            repeat: input.repeat,
            flags: input.flags,
            cpu: input.cpu,
            ..ProgramInput::default()
        });
        let output = output.map_err(|source| {
            let message = format!("cannot run program {}", self.name);
            Error::new(ErrorCode::RunFailed, message).with_source(source)
        })?;
        let owned = |bytes: Option<&mut [u8]>| bytes.map_or_else(Vec::new, |bytes| bytes.to_vec());
        let (return_value, duration) = (output.return_value, output.duration);
        let (data, after) = (owned(output.data), owned(output.context));
        Ok(TestRun {
            return_value,
            data,
            context: if packet { after } else { context },
            duration,
        })
    }
}
