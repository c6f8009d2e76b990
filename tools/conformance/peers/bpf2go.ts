import { copyFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { root } from "../../paths.ts";
import type { Assertion, Expected } from "./expected.ts";
import { parseErrors, refusal, type Verdict, verdictOf } from "./verdict.ts";

const assertFile = "asserts.go";
/** bpf2go is told the stem by its user. */
const stem = "fixture";

/** bpf2go's generator, in one Go module for all fixtures; objects are built before, since bpf2go begins with C. */
export class Bpf2go {
  readonly #folder: string;
  readonly #generator: string;

  constructor(folder: string, generator: string) {
    this.#folder = folder;
    this.#generator = generator;
  }

  async prepare(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const module = join(root, "tools/bench/bpf2go");
    for (const file of ["go.mod", "go.sum"]) await copyFile(join(module, file), join(this.#folder, file));
  }

  async judge(key: string, object: string, expected: Expected): Promise<Verdict> {
    const own = join(this.#folder, key);
    await mkdir(own);
    const input = join(own, `${stem}.o`);
    await copyFile(object, input);
    const generated = await execa(this.#generator, [own, input], { reject: false });
    if (generated.exitCode !== 0) return refusal(generated.stderr);
    await rename(input, join(own, stem, `${stem}.o`));
    const text = await readFile(join(own, stem, `${stem}.go`), "utf8");
    const assertions = goAssertions(expected, text);
    const head = [`package ${stem}`, "", 'import "unsafe"', "", "const _ = unsafe.Sizeof(0)", ""];
    await writeFile(join(own, stem, assertFile), [...head, ...assertions.map(({ line }) => line), ""].join("\n"));
    const { stderr } = await execa("go", ["vet", "-composites=false", `./${key}/${stem}`], {
      cwd: this.#folder,
      reject: false,
      env: { GOFLAGS: "-mod=mod", GOPROXY: "off" },
    });
    return verdictOf(parseErrors(stderr.replaceAll(/^vet: /gm, "")), assertions, assertFile, head.length + 1);
  }
}

/** Constant indices that are out of range where a size or an offset is another one. Maps and variables have no types to ask for. */
export function goAssertions({ types }: Expected, generated: string): Assertion[] {
  return types.flatMap(({ name, size, members }) => {
    const type = stem + goIdentifier(name);
    // it names what it defines by the typedef, too, that a variable is declared with
    if (!generated.includes(`type ${type} `)) return [{ line: `var _ ${type}`, label: `no type for ${name}` }];
    const zero = `${type}{}`;
    return [
      goAssertion(`unsafe.Sizeof(${zero})`, size, `size of ${name}`),
      ...members.map((member) => {
        const field = `${zero}.${goIdentifier(member.name)}`;
        return member.offset === null
          ? { line: `var _ = ${field}`, label: `no bit-field ${name}.${member.name}` }
          : goAssertion(`unsafe.Offsetof(${field})`, member.offset, `offset of ${name}.${member.name}`);
      }),
    ];
  });
}

const goAssertion = (value: string, expected: number, label: string): Assertion => ({
  line: `var _ = [1]struct{}{}[${value}-${expected}]`,
  label,
});

/** As cilium/ebpf's internal.Identifier: `foo_bar` is FooBar, `__x` is X, and `s_addr` S_addr. */
export function goIdentifier(name: string): string {
  let previous = "";
  let identifier = "";
  for (const char of name) {
    if (char === "_" && (previous === "" || /[a-z0-9]/.test(previous))) {
      previous = "";
      continue;
    }
    if (!/\w/.test(char)) continue;
    previous = previous === "" ? char.toUpperCase() : char;
    identifier += previous;
  }
  return identifier;
}
