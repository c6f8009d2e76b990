//! Why the verifier refused a program, out of its log. @see kernel/bpf/verifier.c, whose words these are.

use std::fmt;

const BEGIN: &str = "': -- BEGIN PROG LOAD LOG --\n";
const END: &str = "-- END PROG LOAD LOG --";

/// What the end of a verifier's log tells.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal<'log> {
    program: &'log str,
    /// What was said behind the last instruction.
    reasons: Vec<&'log str>,
    /// The line of C that this instruction is from, and where it is; kernels before 6.8 do not tell the place.
    source: Option<(&'log str, Option<&'log str>)>,
}

impl<'log> Refusal<'log> {
    /// `None` where the log has no reason.
    pub(crate) fn of(log: &'log str) -> Option<Self> {
        let (before, rest) = log.split_once(BEGIN)?;
        let (_, program) = before.rsplit_once("prog '")?;
        let mut refusal = Self {
            program,
            reasons: Vec::new(),
            source: None,
        };
        let walk = rest.split_once(END).map_or(rest, |(walk, _)| walk);
        for line in walk.lines() {
            if let Some(comment) = line.strip_prefix("; ") {
                refusal.source = Some(match comment.rsplit_once(" @ ") {
                    Some((text, place)) => (text, Some(file_name(place))),
                    None => (comment, None),
                });
            } else if is_instruction(line) {
                refusal.reasons.clear();
            } else if !line.is_empty() && !is_state(line) {
                refusal.reasons.push(line);
            }
        }
        (!refusal.reasons.is_empty()).then_some(refusal)
    }
}

impl fmt::Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (program, reason) = (self.program, self.reasons.join("; "));
        write!(f, "the verifier refused program {program}: {reason}")?;
        match self.source {
            Some((text, Some(place))) => write!(f, ", at {place}: {}", text.trim()),
            Some((text, None)) => write!(f, ", at {}", text.trim()),
            None => Ok(()),
        }
    }
}

fn file_name(place: &str) -> &str {
    place.rsplit_once('/').map_or(place, |(_, name)| name)
}

/// `12: (85) call bpf_map_lookup_elem#1`
fn is_instruction(line: &str) -> bool {
    number_before(line, ": (").is_some()
}

/// Where the walk is and what it knows, which is no reason by itself.
fn is_state(line: &str) -> bool {
    const WORDS: [&str; 14] = [
        "from ",
        "caller:",
        "callee:",
        "cur state:",
        "old state:",
        "returning from callee:",
        "to caller at",
        "func#",
        "Func#",
        "Validating ",
        "mark_precise",
        "propagating",
        "verification time",
        "stack depth",
    ];
    let registers = number_before(line, ": ").unwrap_or(line);
    WORDS.iter().any(|word| line.starts_with(word))
        || line.starts_with(char::is_whitespace)
        || number_before(line.trim_start_matches("processed "), " ").is_some()
        || registers.starts_with("frame")
        || registers
            .strip_prefix('R')
            .and_then(|rest| {
                rest.trim_start_matches(|digit: char| digit.is_ascii_digit())
                    .chars()
                    .next()
            })
            .is_some_and(|next| next == '=' || next == '_')
}

/// What follows a number and a separator at the beginning of a line.
fn number_before<'line>(line: &'line str, separator: &str) -> Option<&'line str> {
    let (number, rest) = line.split_once(separator)?;
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    digits.then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(walk: &str) -> Option<String> {
        let log =
            format!("libbpf: prog 'p': -- BEGIN PROG LOAD LOG --\n{walk}-- END PROG LOAD LOG --\n");
        Refusal::of(&log).map(|refusal| refusal.to_string())
    }

    #[test]
    fn the_reason_is_what_follows_the_last_instruction_and_its_line_of_source() {
        let walk = "0: R1=ctx() R10=fp0\n; key = 2; @ src/hello.bpf.c:24\n14: (63) *(u32 *)(r10 -4) = r1        ; R1=2\n\
                    ; *count += 1; @ src/hello.bpf.c:26\n20: (79) r1 = *(u64 *)(r0 +0)\nR0 invalid mem access 'map_value_or_null'\n\
                    processed 21 insns (limit 1000000) max_states_per_insn 0\n";
        let want = "the verifier refused program p: R0 invalid mem access 'map_value_or_null', at hello.bpf.c:26: *count += 1;";
        assert_eq!(said(walk).as_deref(), Some(want));
    }

    #[test]
    fn what_the_verifier_knew_is_no_reason() {
        let walk = "from 12 to 15: R0_w=0\ncaller:\n R6=ctx()\ncallee:\n frame1: R1=ctx()\n25: frame1: R1=ctx()\n11: (b7) r2 = 0\n\
                    infinite loop detected at insn 12\ncur state: R1=0\nold state: R1=0\nprocessed 19 insns\n";
        let want = "the verifier refused program p: infinite loop detected at insn 12";
        assert_eq!(said(walk).as_deref(), Some(want));
    }

    #[test]
    fn kernels_that_tell_no_place_and_logs_that_tell_nothing_are_understood() {
        assert_eq!(
            said("; return 1;\n3: (95) exit\nR0 !read_ok\n").as_deref(),
            Some("the verifier refused program p: R0 !read_ok, at return 1;")
        );
        assert_eq!(said("0: (95) exit\nprocessed 1 insns\n"), None);
        assert_eq!(Refusal::of("libbpf: failed to load object"), None);
    }
}
