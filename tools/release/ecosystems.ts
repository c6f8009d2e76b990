import { mkdir, readdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { type Language, version } from "@lbc/build";
import { execa } from "execa";
import type { Packed } from "./pack.ts";

/**
 * What a user has around a project: package managers that find what was packed where they would find it published, and nothing of the
 * checkout. Projects have to stand below the folder `home`.
 */
export async function userEnvironment(home: string, packed: Packed, registry: string): Promise<Record<string, string>> {
  // Cargo reads the configuration of every folder above a project.
  await mkdir(join(home, ".cargo"), { recursive: true });
  const [crate = ""] = await readdir(packed.crates);
  await writeFile(join(home, ".cargo/config.toml"), `[patch.crates-io]\nrlbc.path = ${JSON.stringify(join(packed.crates, crate))}\n`);
  const { stdout: proxies } = await execa("go", ["env", "GOPROXY"]);
  return {
    PATH: [dirname(process.execPath), ...systemPath()].join(delimiter),
    NODE_OPTIONS: "",
    // what `npm test` hands down of this repository's .npmrc
    npm_config_node_options: "",
    "npm_config_@lbc:registry": registry,
    NPM_CONFIG_CACHE: join(home, "npm-cache"),
    PIP_FIND_LINKS: packed.wheels,
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
    PKG_CONFIG_PATH: join(packed.prefix, "share/pkgconfig"),
    GOPROXY: `file://${packed.goProxy},${proxies}`,
    GONOSUMDB: "github.com/lbc-dev/*",
    GOMODCACHE: join(home, "modules"),
    GOFLAGS: "-modcacherw",
  };
}

function systemPath(): string[] {
  return (process.env["PATH"] ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
}

/** What a newcomer types in a language, besides what `lbc new` tells to type next. */
export interface Habits {
  /** From nothing to a project; `words` follow `lbc new`. */
  readonly make: (words: string) => readonly string[];
  /** Runs a project as it is, in its folder, where that needs no build. */
  readonly run?: string;
  /** Later builds, and the test. */
  readonly build: string;
  readonly test: string;
}

const npx = (words: string): readonly string[] => [`npx --yes @lbc/cli new ${words}`];

export const habits: Readonly<Record<Language, Habits>> = {
  c: { make: npx, build: "make", test: "make check && cmake -B build && cmake --build build && ctest --test-dir build" },
  go: { make: npx, build: "go generate && go build", test: "go test ./..." },
  python: {
    // The index has a later pylbc of somebody else.
    make: (words) => [`python3 -m venv .venv && .venv/bin/pip install --quiet 'pylbc[build]~=${version}'`, `.venv/bin/lbc new ${words}`],
    run: "../.venv/bin/python -m hello",
    build: ".venv/bin/pip install --quiet --editable '.[test]'",
    test: ".venv/bin/pytest",
  },
  rust: { make: npx, build: "cargo build", test: "cargo test" },
  typescript: { make: npx, build: "npm run build", test: "npm test" },
};
