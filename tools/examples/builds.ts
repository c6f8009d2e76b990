import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Language } from "@lbc/build";
import { execa } from "execa";
import type { Program } from "../demo/programs.ts";
import { scratch } from "../paths.ts";

/** A copy of examples/ in which a user's package managers work. */
export interface Workplace {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

const run = async ({ folder, env }: Workplace, file: string, args: readonly string[]): Promise<void> => {
  await execa(file, args, { cwd: folder, env, stdin: "ignore" });
};
const gen = (place: Workplace, tool: string, language: Language, out: string, ...more: readonly string[]): Promise<void> =>
  run(place, "lbc", ["gen", `${tool}/${tool}.bpf.c`, "--lang", language, "--out", `${tool}/${language}/${out}`, ...more]);

/** What all tools of a language need, installed once. */
export const installs: Readonly<Partial<Record<Language, (place: Workplace, version: string) => Promise<void>>>> = {
  python: async (place, version) => {
    await run(place, "python3", ["-m", "venv", "venv"]);
    await run(place, "venv/bin/pip", ["install", "--quiet", `pylbc[build]~=${version}`]);
  },
};

/** How a tool is built and started in a language, as examples/README.md tells. */
export const builds: Readonly<Record<Language, (place: Workplace, tool: string) => Promise<Program>>> = {
  c: async (place, tool) => {
    await run(place, "make", [`${tool}/c/${tool}`]);
    return { language: "c", command: [`./${tool}/c/${tool}`], folder: place.folder };
  },
  go: async (place, tool) => {
    await gen(place, tool, "go", tool);
    const project = { folder: join(place.folder, tool, "go"), env: { ...place.env, GOFLAGS: "-mod=mod -modcacherw" } };
    // In the checkout the runtime is the one beside it; here it comes from where modules come from.
    await run(project, "go", ["mod", "edit", "-dropreplace", "github.com/lbc-dev/lbc/packages/golbc"]);
    const program = join(place.folder, `${tool}-go`);
    await run(project, "go", ["build", "-o", program, "."]);
    return { language: "go", command: [program], folder: place.folder };
  },
  python: async (place, tool) => {
    await run(place, "venv/bin/lbc", ["gen", `${tool}/${tool}.bpf.c`, "--lang", "python", "--out", `${tool}/python/generated`]);
    return { language: "python", command: [join(place.folder, "venv/bin/python"), `${tool}/python/${tool}.py`], folder: place.folder };
  },
  rust: async (place, tool) => {
    const folder = join(place.folder, tool, "rust");
    // A project of its own has its skeleton as a crate, a program of the shared one as a module.
    await (existsSync(join(folder, "Cargo.toml")) ? gen(place, tool, "rust", "generated") : gen(place, tool, "rust", "skel", "--module"));
    const target = join(scratch, "examples/target");
    await run({ folder, env: { ...place.env, CARGO_TARGET_DIR: target } }, "cargo", ["build", "--quiet", "--bin", tool]);
    return { language: "rust", command: [join(target, "debug", tool)], folder: place.folder };
  },
  typescript: async (place, tool) => {
    await gen(place, tool, "typescript", "generated");
    return { language: "typescript", command: [process.execPath, `${tool}/typescript/${tool}.ts`], folder: place.folder, env: place.env };
  },
};
