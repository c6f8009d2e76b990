//! Names for addresses, through blazesym.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use blazesym::inspect;
use blazesym::symbolize::source::{Kernel, Process, Source};
use blazesym::symbolize::{self, Input, Symbolized};
use blazesym::{MaybeDefault, Pid};
use pyo3::prelude::*;

use crate::error::Failure;

/// The kernel's list tells no sizes: what is so far behind the function before it is not in it, in bytes.
const LONGEST_FUNCTION: usize = 1 << 20;

/// A blazesym symbolizer that may move between threads.
#[derive(Debug)]
struct Movable(symbolize::Symbolizer);

// SAFETY: it is not `Send` for the reference counts in its caches. All of them stay inside: only owned values are taken
// out, under the lock that `Symbolizer` holds, and blazesym keeps nothing by thread.
unsafe impl Send for Movable {}

#[pyclass(frozen, module = "pylbc._native")]
#[derive(Debug)]
pub struct Symbolizer {
    blazesym: Mutex<Movable>,
}

/// Address, function, offset in it, module, source file and line, functions inlined there.
type Frame = (u64, Option<String>, u64, Option<String>, Option<String>, u32, Vec<String>);

impl Symbolizer {
    fn frames(&self, source: &Source<'_>, addresses: &[u64], whose: &str) -> Result<Vec<Frame>, Failure> {
        let blazesym = self.blazesym.lock().unwrap_or_else(PoisonError::into_inner);
        let symbols = blazesym.0.symbolize(source, Input::AbsAddr(addresses));
        let symbols =
            symbols.map_err(|error| Failure::new("symbolize-failed", format!("symbols of {whose}: {error:#}")))?;
        Ok(addresses.iter().zip(symbols).map(|(&address, symbol)| frame(address, symbol)).collect())
    }
}

fn frame(address: u64, symbol: Symbolized<'_>) -> Frame {
    let symbol = match symbol {
        Symbolized::Sym(symbol) if symbol.size.is_some() || symbol.offset < LONGEST_FUNCTION => symbol,
        _ => return (address, None, 0, None, None, 0, Vec::new()),
    };
    // The innermost call stands where the address is; the others where the next one was called.
    let place = match symbol.inlined.last() {
        Some(inlined) => inlined.code_info.as_ref(),
        None => symbol.code_info.as_deref(),
    };
    (
        address,
        Some(symbol.name.to_string()),
        symbol.offset as u64,
        symbol.module.as_ref().map(|module| module.to_string_lossy().into_owned()),
        place.map(|place| place.to_path().to_string_lossy().into_owned()),
        place.and_then(|place| place.line).unwrap_or(0),
        symbol.inlined.iter().map(|inlined| inlined.name.to_string()).collect(),
    )
}

#[pymethods]
impl Symbolizer {
    #[new]
    fn new() -> Self {
        Self { blazesym: Mutex::new(Movable(symbolize::Symbolizer::new())) }
    }

    fn kernel(&self, py: Python<'_>, addresses: Vec<u64>) -> PyResult<Vec<Frame>> {
        Ok(py.detach(|| {
            // A vmlinux file would take seconds to read, and need not be that of the running kernel.
            let kernel = Kernel { vmlinux: MaybeDefault::None, ..Kernel::default() };
            self.frames(&Source::Kernel(kernel), &addresses, "the kernel")
        })?)
    }

    fn process(&self, py: Python<'_>, pid: u32, addresses: Vec<u64>) -> PyResult<Vec<Frame>> {
        Ok(py.detach(|| {
            let source = Source::Process(Process::new(Pid::from(pid)));
            self.frames(&source, &addresses, &format!("process {pid}"))
        })?)
    }
}

/// Where functions begin in a file. libbpf 1.7 finds several at once only in files with a full symbol table, which
/// libraries lack (`elf_resolve_syms_offsets` keeps the error of the table that is missing).
pub fn function_offsets(path: &Path, functions: &[String]) -> Result<Vec<usize>, Failure> {
    let failed = |why: &str| Failure::new("attach-failed", format!("{}: {why}", path.display()));
    let names: Vec<_> = functions.iter().map(String::as_str).collect();
    let source = inspect::source::Source::Elf(inspect::source::Elf::new(path));
    let inspector = inspect::Inspector::new();
    let found = inspector.lookup(&source, &names).map_err(|error| failed(&error.to_string()))?;
    let offset = |(symbols, name): (Vec<inspect::SymInfo<'_>>, &&str)| {
        let offset = symbols.iter().find_map(|symbol| symbol.file_offset);
        offset.map(|offset| offset as usize).ok_or_else(|| failed(&format!("it has no function {name}")))
    };
    found.into_iter().zip(&names).map(offset).collect()
}
