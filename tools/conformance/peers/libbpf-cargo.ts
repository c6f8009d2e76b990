import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { root } from "../../paths.ts";
import type { Assertion, Expected } from "./expected.ts";
import { type CompilerError, refusal, type Verdict, verdictOf } from "./verdict.ts";

const manifest = `[package]
name = "peers"
version = "0.0.0"
edition = "2021"

[dependencies]
libbpf-rs = "0.27.2"

[workspace]
`;

const head = ["#![allow(warnings)]"];

/** libbpf-cargo's skeletons, each in a program of its own, checked all at once. */
export class LibbpfCargo {
  readonly #folder: string;
  readonly #generator: string;
  readonly #assertions = new Map<string, readonly Assertion[]>();
  readonly #refused = new Map<string, Verdict>();

  constructor(folder: string, generator: string) {
    this.#folder = folder;
    this.#generator = generator;
  }

  async prepare(): Promise<void> {
    for (const name of ["src/bin", "skel"]) await mkdir(join(this.#folder, name), { recursive: true });
    await writeFile(join(this.#folder, "Cargo.toml"), manifest);
    await copyFile(join(root, "Cargo.lock"), join(this.#folder, "Cargo.lock"));
  }

  async add(key: string, object: string, expected: Expected): Promise<void> {
    const generated = await execa(this.#generator, ["libbpf", "gen", "--object", object], {
      reject: false,
      maxBuffer: 2 ** 28,
      env: { RUST_BACKTRACE: "0" },
    });
    if (generated.exitCode !== 0) {
      this.#refused.set(key, refusal(generated.stderr));
      return;
    }
    await writeFile(join(this.#folder, "skel", `${key}.rs`), generated.stdout);
    const assertions = rustAssertions(expected);
    this.#assertions.set(key, assertions);
    const lines = [
      ...head,
      ...assertions.map(({ line }) => line),
      `#[path = "../../skel/${key}.rs"] mod skel;`,
      "use skel::types;",
      "fn main() {}",
    ];
    await writeFile(join(this.#folder, "src/bin", `${key}.rs`), `${lines.join("\n")}\n`);
  }

  /** Verdicts by key. */
  async judge(): Promise<Map<string, Verdict>> {
    const target = join(root, "target/peers");
    const options = { cwd: this.#folder, reject: false, maxBuffer: 2 ** 30, env: { CARGO_TARGET_DIR: target } };
    const { stdout } = await execa("cargo", ["check", "--offline", "--keep-going", "--quiet", "--message-format=json"], options);
    const errors = parseCargo(stdout);
    const judged = [...this.#assertions].map(
      ([key, assertions]) => [key, verdictOf(errors.get(key) ?? [], assertions, `src/bin/${key}.rs`, head.length + 1)] as const,
    );
    return new Map([...this.#refused, ...judged]);
  }
}

/** The errors of each program, from cargo's messages. @see https://doc.rust-lang.org/cargo/reference/external-tools.html */
export function parseCargo(output: string): Map<string, CompilerError[]> {
  const errors = new Map<string, CompilerError[]>();
  for (const text of output.split("\n").filter((line) => line.startsWith("{"))) {
    const { reason, target, message } = JSON.parse(text);
    if (reason !== "compiler-message" || message.level !== "error") continue;
    const [span] = message.spans;
    if (span === undefined) continue;
    const list = errors.get(target.name) ?? [];
    list.push({ file: span.file_name, line: span.line_start, message: message.message });
    errors.set(target.name, list);
  }
  return errors;
}

const keywords = new Set(
  "abstract as async await become box break const continue do dyn else enum extern final fn for if impl in let loop macro match mod move mut override priv pub ref return static struct trait try type typeof unsafe unsized use virtual where while yield".split(
    " ",
  ),
);
/** These cannot be written as the name of a member at all: where the skeleton has one, it does not compile. */
const unwritable = new Set(["self", "Self", "super", "crate", "_"]);
const raw = (name: string): string => (keywords.has(name) ? `r#${name}` : name);

/** Assertions about the types and about the structs of sections. Bit-fields have to be there by their name, as a field or a method. */
export function rustAssertions({ types, sections }: Expected): Assertion[] {
  return [
    ...types.flatMap(({ name, size, members }): Assertion[] => [
      rustAssertion(`size_of::<types::${raw(name)}>() == ${size}`, `size of ${name}`),
      ...members
        .filter((member) => !unwritable.has(member.name))
        .map((member) =>
          member.offset === null
            ? {
                line: `const _: fn(&types::${raw(name)}) = |v| { let _ = v.${raw(member.name)}; };`,
                label: `no bit-field ${name}.${member.name}`,
              }
            : rustAssertion(
                `std::mem::offset_of!(types::${raw(name)}, ${raw(member.name)}) == ${member.offset}`,
                `offset of ${name}.${member.name}`,
              ),
        ),
    ]),
    ...sections.flatMap(({ name, variables }) => {
      const struct = name.slice(1).replaceAll(/\W/g, "_");
      return variables.map((variable) =>
        rustAssertion(`std::mem::offset_of!(types::${struct}, ${raw(variable.name)}) == ${variable.offset}`, `${variable.name} in ${name}`),
      );
    }),
  ];
}

const rustAssertion = (condition: string, label: string): Assertion => ({ line: `const _: () = assert!(${condition});`, label });
