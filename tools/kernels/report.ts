/** The languages whose runtimes are tested. */
export const languages = ["c", "go", "python", "rust", "typescript"] as const;
export type Language = (typeof languages)[number];

/** What the tests of one language came to on one kernel, as their runner tells it. */
export interface Report {
  readonly passed: number;
  /** Their names. */
  readonly failed: readonly string[];
  /** The reason of each. */
  readonly skipped: readonly string[];
}

/** Reads what the whole suite of a language printed. */
export const readReport: Readonly<Record<Language, (log: string) => Report>> = {
  /** The words of clbc/test/test.h. */
  c: (log) => ({
    passed: all(log, /^ok (\S+)$/gm).length,
    failed: all(log, /^FAILED (\S+)$/gm),
    skipped: all(log, /^skipped \S+: (.+)$/gm),
  }),
  /** `go test -v`: what a test logs as it skips stands before the line that tells of it. */
  go: (log) => ({
    passed: all(log, /^ *--- PASS: (\S+)/gm).length,
    failed: all(log, /^ *--- FAIL: (\S+)/gm),
    skipped: all(log, /^ *\S+_test\.go:\d+: (.+)\n *--- SKIP: /gm),
  }),
  /** `pytest -v -rs`. */
  python: (log) => ({
    passed: all(log, /^\S+::.+ (PASSED) +\[/gm).length,
    failed: all(log, /^\S+::(.+) (?:FAILED|ERROR) +\[/gm),
    skipped: [...log.matchAll(/^SKIPPED \[(\d+)\] \S+: (.+)$/gm)].flatMap(([, count, reason = ""]) => Array(Number(count)).fill(reason)),
  }),
  /** libtest with `--show-output`: a test that rlbc/tests/support/skip.rs ended counts as passed there. */
  rust: (log) => {
    const skipped = all(log, /^skipped: (.+)$/gm);
    return {
      passed: sum(all(log, /^test result: .* (\d+) passed;/gm)) - skipped.length,
      failed: all(log, /^failures:\n((?: {4}\S+\n)+)/gm).flatMap((names) => names.trim().split(/\s+/)),
      skipped,
    };
  },
  /** `vitest --reporter=verbose`. */
  typescript: (log) => ({
    passed: all(log, /^ *(✓) /gm).length,
    failed: [...new Set(all(log, /^ *FAIL {2}(.+)$/gm))],
    skipped: all(log, /^ *↓ .*\[(.+)\]$/gm),
  }),
};

const all = (log: string, pattern: RegExp): string[] => [...log.matchAll(pattern)].map(([, group = ""]) => group);
const sum = (numbers: readonly string[]): number => numbers.reduce((total, number) => total + Number(number), 0);
