/** What the tools that CI runs print on a line that says what failed: nx, vitest, go test, cargo, pytest, compilers, our own. */
const telling =
  /\bfail(?:ed|ure|s)?\b|\berror\b|\bnot ok\b|\bpanicked\b|\bcrashed\b|\btimed? ?out\b|^\s*[✗×✖]|Error:|^- \S+:\w+$|non-zero/iu;
/** What went well, or was meant to go wrong, holds these words too. */
const harmless = /\b0 (?:failed|failures|errors)\b|\bno errors?\b|^(?:ok|skipped|PASS|libbpf|test .* \.\.\. ok)\b|^\s*[✓↓]/iu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals' colour sequences begin with ESC.
const colour = /\u001b\[[0-9;]*m/gu;

/**
 * The last lines of a failed step's output that tell what failed, without colours, each at most `width` characters. Where no line tells,
 * the last lines as they are.
 */
export function failureLines(output: string, limit = 12, width = 200): string[] {
  const lines = output
    .replace(colour, "")
    .split("\n")
    .map((line) => line.trimEnd().slice(0, width))
    .filter((line) => line !== "");
  const told = [...new Set(lines.filter((line) => telling.test(line) && !harmless.test(line)))];
  return (told.length > 0 ? told : lines).slice(-limit);
}
