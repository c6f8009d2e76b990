//! Names for the addresses of stack traces.

use std::fmt;
use std::path::PathBuf;

use blazesym::symbolize::source::{Kernel, Process, Source};
use blazesym::symbolize::{self, CodeInfo, Input, Symbolized};
use blazesym::{MaybeDefault, Pid};

use crate::{Error, ErrorCode, Result};

/// The kernel's list tells no sizes: what is so far behind the function before it is not in it, in bytes.
const LONGEST_FUNCTION: usize = 1 << 20;

/// Finds out which functions addresses belong to: of the kernel by `/proc/kallsyms`, of a process by the symbols and debug
/// information of the files that it has mapped.
///
/// It keeps what it has read, so one symbolizer should do all the work of a tool. A process must be alive when its
/// addresses are looked up.
///
/// ```no_run
/// # fn stack() -> Vec<u64> { Vec::new() }
/// let symbolizer = rlbc::Symbolizer::new();
/// for frame in symbolizer.kernel(&stack())? {
///     println!("{frame}");
/// }
/// # Ok::<(), rlbc::Error>(())
/// ```
#[derive(Debug)]
pub struct Symbolizer {
    blazesym: symbolize::Symbolizer,
}

/// One address of a stack trace, with what is known of it. It prints as `function+0x1f (module)`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Frame {
    /// The address that was asked for.
    pub address: u64,
    /// The function; `None` where no symbol covers the address.
    pub function: Option<String>,
    /// Bytes from the start of the function.
    pub offset: u64,
    /// The program or library, where it is known.
    pub module: Option<String>,
    /// The line of the source code, where there is debug information.
    pub source: Option<SourceLine>,
    /// Functions that the compiler put in place of a call, the outermost first: the last one holds the address.
    pub inlined: Vec<String>,
}

/// A place in source code.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceLine {
    /// The file, as the compiler named it.
    pub file: PathBuf,
    /// Beginning with 1; 0 where it is not known.
    pub line: u32,
}

impl Default for Symbolizer {
    fn default() -> Self {
        Self::new()
    }
}

impl Symbolizer {
    /// A symbolizer that has read nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            blazesym: symbolize::Symbolizer::new(),
        }
    }

    /// Addresses of the kernel, such as those of `bpf_get_stackid(ctx, &stacks, KERN_STACKID_FLAGS)`: one frame each.
    ///
    /// # Errors
    /// [`ErrorCode::SymbolizeFailed`], as where `/proc/kallsyms` cannot be read. Without CAP_SYSLOG the kernel hides its
    /// addresses there, and no function has a name.
    pub fn kernel(&self, addresses: &[u64]) -> Result<Vec<Frame>> {
        let kernel = Kernel {
            // A vmlinux file would take seconds to read, and need not be that of the running kernel.
            vmlinux: MaybeDefault::None,
            ..Kernel::default()
        };
        self.frames(&Source::Kernel(kernel), addresses, "the kernel")
    }

    /// Addresses of a process, such as those of `bpf_get_stackid(ctx, &stacks, USER_STACKID_FLAGS)`: one frame each.
    ///
    /// # Errors
    /// [`ErrorCode::SymbolizeFailed`], as where the process has ended.
    pub fn process(&self, pid: u32, addresses: &[u64]) -> Result<Vec<Frame>> {
        let source = Source::Process(Process::new(Pid::from(pid)));
        self.frames(&source, addresses, &format!("process {pid}"))
    }

    fn frames(&self, source: &Source<'_>, addresses: &[u64], whose: &str) -> Result<Vec<Frame>> {
        let symbols = self.blazesym.symbolize(source, Input::AbsAddr(addresses));
        let symbols = symbols.map_err(|source| {
            let message = format!("cannot read the symbols of {whose}");
            Error::new(ErrorCode::SymbolizeFailed, message).with_source(source)
        })?;
        Ok(addresses
            .iter()
            .zip(symbols)
            .map(|(&address, symbol)| frame(address, symbol))
            .collect())
    }
}

fn frame(address: u64, symbol: Symbolized<'_>) -> Frame {
    let symbol = match symbol {
        Symbolized::Sym(symbol) if symbol.size.is_some() || symbol.offset < LONGEST_FUNCTION => {
            symbol
        }
        _ => {
            return Frame {
                address,
                ..Frame::default()
            };
        }
    };
    // The innermost call stands where the address is; the others where the next one was called.
    let place = match symbol.inlined.last() {
        Some(inlined) => inlined.code_info.as_ref(),
        None => symbol.code_info.as_deref(),
    };
    Frame {
        address,
        offset: symbol.offset as u64,
        module: symbol
            .module
            .as_ref()
            .map(|module| module.to_string_lossy().into_owned()),
        source: place.map(source_line),
        inlined: symbol
            .inlined
            .iter()
            .map(|inlined| inlined.name.to_string())
            .collect(),
        function: Some(symbol.name.into_owned()),
    }
}

fn source_line(place: &CodeInfo<'_>) -> SourceLine {
    SourceLine {
        file: place.to_path().into_owned(),
        line: place.line.unwrap_or(0),
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.function {
            Some(function) => write!(f, "{function}+{:#x}", self.offset)?,
            None => write!(f, "{:#x}", self.address)?,
        }
        match &self.module {
            Some(module) => write!(f, " ({module})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[inline(never)]
    extern "C" fn a_function_of_this_program() -> u64 {
        std::hint::black_box(1)
    }

    // parity: helpers.process-symbols
    #[test]
    fn an_address_of_this_process_is_named_with_its_place() {
        let start = a_function_of_this_program as extern "C" fn() -> u64 as usize as u64;
        let frames = Symbolizer::new()
            .process(std::process::id(), &[start + 1])
            .unwrap();
        let [frame] = frames.as_slice() else {
            panic!("{frames:?}");
        };
        let function = frame.function.as_deref().unwrap();
        assert!(
            function.ends_with("a_function_of_this_program"),
            "{function}"
        );
        assert_eq!((frame.address, frame.offset), (start + 1, 1));
        assert!(frame.module.is_some());
        let source = frame.source.as_ref().expect("tests have debug information");
        assert!(
            source.file.ends_with("symbolize.rs") && source.line > 0,
            "{source:?}"
        );
        assert!(
            frame
                .to_string()
                .contains("a_function_of_this_program+0x1 (")
        );
    }

    #[test]
    fn what_no_symbol_covers_stays_a_number() {
        let frames = Symbolizer::new()
            .process(std::process::id(), &[0x10])
            .unwrap();
        assert_eq!(frames[0].function, None);
        assert_eq!(frames[0].to_string(), "0x10");
    }

    #[test]
    fn a_process_that_is_not_there_is_an_error() {
        let error = Symbolizer::new().process(u32::MAX >> 1, &[1]).unwrap_err();
        assert_eq!(error.code(), ErrorCode::SymbolizeFailed);
    }

    // parity: helpers.kernel-symbols
    #[test]
    fn an_address_of_the_kernel_is_named_by_kallsyms() {
        let kallsyms = std::fs::read_to_string("/proc/kallsyms").unwrap();
        let address = kallsyms.lines().find_map(|line| {
            let mut words = line.split(' ');
            let address = u64::from_str_radix(words.next()?, 16).ok()?;
            (words.nth(1)? == "schedule").then_some(address)
        });
        let address = address.expect("every kernel has schedule()");
        assert_ne!(address, 0, "this test needs CAP_SYSLOG");
        let frames = Symbolizer::new()
            .kernel(&[address + 4, 1, u64::MAX])
            .unwrap();
        assert_eq!(frames[0].to_string(), "schedule+0x4");
        assert_eq!(frames[1].function, None);
        assert_eq!(frames[2].to_string(), "0xffffffffffffffff");
    }
}
