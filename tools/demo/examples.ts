import { join } from "node:path";
import type { Language } from "@lbc/build";
import { execa } from "execa";
import { root, scratch } from "../paths.ts";
import type { Program } from "./programs.ts";

/** One of the five execsnoops in examples/: where its SDK goes, how it is built in the checkout, and how it runs. */
export interface Example {
  readonly language: Language;
  /** Folder of the SDK, below the example's own. */
  readonly sdk: string;
  readonly build: (folder: string) => Promise<void>;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const run = async (file: string, args: readonly string[], folder: string, env: Readonly<Record<string, string>> = {}): Promise<void> => {
  await execa(file, args, { cwd: folder, preferLocal: true, localDir: root, stdin: "ignore", env });
};

const target = join(scratch, "demo/target");
const prefix = join(scratch, "demo/prefix");
const venvPython = join(scratch, "venv/bin/python");

export const examples: readonly Example[] = [
  {
    language: "c",
    sdk: "generated",
    build: async (folder) => {
      await run("make", ["-C", join(root, "packages/clbc"), "install", `PREFIX=${prefix}`], root);
      await run("make", ["-B", "-o", "generated/execsnoop.skel.h"], folder, { PKG_CONFIG_PATH: join(prefix, "share/pkgconfig") });
    },
    command: ["./execsnoop"],
  },
  {
    language: "go",
    sdk: "execsnoop",
    build: (folder) => run("go", ["build", "-o", join(scratch, "demo/execsnoop-go"), "."], folder),
    command: [join(scratch, "demo/execsnoop-go")],
  },
  {
    language: "python",
    sdk: "generated",
    build: async () => {
      const maturin = join(scratch, "venv/bin/maturin");
      await run(maturin, ["develop", "--release", "--quiet", "--manifest-path", "packages/pylbc/Cargo.toml"], root, {
        VIRTUAL_ENV: join(scratch, "venv"),
      });
    },
    command: [venvPython, "execsnoop.py"],
  },
  {
    language: "rust",
    sdk: "generated",
    // In the checkout the runtime is the one beside it, not the one of the registry.
    build: (folder) =>
      run("cargo", ["build", "--quiet", "--release", "--config", `patch.crates-io.rlbc.path="${join(root, "packages/rlbc")}"`], folder, {
        CARGO_TARGET_DIR: target,
      }),
    command: [join(target, "release/execsnoop")],
  },
  {
    language: "typescript",
    sdk: "generated",
    // In the checkout the runtime is read from its sources, as in every project here.
    build: (folder) => run("tsc", ["-p", ".", "--customConditions", "@lbc/source"], folder),
    command: [process.execPath, "execsnoop.ts"],
  },
];

export const folderOf = ({ language }: Example): string => join(root, "examples/execsnoop", language);

export const programOf = (example: Example): Program => ({
  language: example.language,
  command: example.command,
  folder: folderOf(example),
  ...(example.env === undefined ? {} : { env: example.env }),
});
