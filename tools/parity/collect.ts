import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";

export const languages = ["c", "rust", "go", "python", "typescript"] as const;
export type Language = (typeof languages)[number];

/** A test that proves one cell. */
export interface Proof {
  readonly feature: string;
  readonly language: Language;
  /** From the repository's root. */
  readonly file: string;
  /** The test's name; the file's where a whole program is the test. */
  readonly test: string;
}

interface Suite {
  /** Where each runtime's tests are. */
  readonly files: readonly string[];
  /** What a test begins with, and its name. */
  readonly test: RegExp;
}

const suites: Readonly<Record<Language, Suite>> = {
  c: { files: ["packages/clbc/test/**/*.{c,h}"], test: /^(?:static )?(?:void|int) (\w+)\(/ },
  rust: { files: ["packages/rlbc/{src,tests}/**/*.rs"], test: /^\s*(?:pub )?(?:async )?fn (\w+)\(/ },
  go: { files: ["packages/golbc/**/*_test.go"], test: /^func (Test\w+)\(|\bt\.Run\("([^"]+)"/ },
  python: { files: ["packages/pylbc/tests/**/*.py"], test: /^\s*(?:async )?def (test_\w+)\(/ },
  typescript: {
    files: ["packages/runtime/src/**/*.test.ts", "packages/runtime/src/kernel-tests/*.ts", "packages/core/src/core-relo/*.test.ts"],
    test: /\b(?:test|describe)(?:\.(?:each|for)\(.*\))?\(\s*["`]([^"`]+)["`]|\]\s*(?:as const)?\)\(\s*"([^"]+)"|^\s*"([^"]+)",$/,
  },
};

/** A comment of its own line: `// parity: maps.hash, maps.batch`. */
const tag = /^\s*(?:\/\/|\/\*|#|\*)\s*parity: ([a-z0-9.,\- ]+?)\s*(?:\*\/)?\s*$/;

/** The proofs in one source, for the features that its tests name. */
export function proofsIn(source: string, language: Language, file: string): Proof[] {
  const lines = source.split("\n");
  return lines.flatMap((line, index) => {
    const features = tag
      .exec(line)?.[1]
      ?.split(",")
      .map((feature) => feature.trim());
    if (features === undefined) return [];
    const test = nameAfter(lines, index, suites[language].test) ?? file.split("/").at(-1) ?? "";
    return features.map((feature) => ({ feature, language, file, test }));
  });
}

/** The name of the test that follows; tables of cases may come between. */
function nameAfter(lines: readonly string[], index: number, test: RegExp): string | undefined {
  for (const line of lines.slice(index + 1)) {
    const name = test
      .exec(line)
      ?.slice(1)
      .find((group) => group !== undefined);
    if (name !== undefined) return name;
  }
  return undefined;
}

/** Every proof in the tests of all runtimes, in the order of language and file. */
export async function collect(root: string): Promise<Proof[]> {
  const proofs: Proof[] = [];
  for (const language of languages) {
    const files = new Set<string>();
    for (const pattern of suites[language].files) for await (const file of glob(pattern, { cwd: root })) files.add(file);
    for (const file of [...files].sort()) proofs.push(...proofsIn(await readFile(join(root, file), "utf8"), language, file));
  }
  return proofs;
}
