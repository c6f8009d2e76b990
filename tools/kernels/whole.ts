import { root } from "../paths.ts";
import { buildC, buildGo, buildPython, buildRust, python } from "./build.ts";
import { compileInGuest, probes } from "./probes.ts";
import type { Suite } from "./suites.ts";

/**
 * Every test of every runtime, but for what is the compiler's and not the kernel's: Rust's examples in documentation, and Python's sources
 * that the command compiles, which takes minutes each where clang is emulated (pylcc's tests compile one for all).
 */
export const whole: readonly Suite[] = [
  {
    language: "c",
    build: async () =>
      (await buildC(["runtime", "symbols", "probes"])).flatMap((folder) => [`${folder}/runtime`, `${folder}/symbols`, `${folder}/probes`]),
  },
  { language: "go", build: async () => [`cd '${root}/packages/golbc' && LBC_PROBES=1 ${await buildGo()} -test.v`] },
  {
    language: "python",
    build: async () => {
      const packages = await buildPython();
      const tests = `${root}/packages/pylbc/tests`;
      const pytest = `LBC_SKELETONS=${packages} ${python} -m pytest -v -rs -p no:cacheprovider --rootdir '${root}/packages/pylbc' --ignore '${tests}/test_sources.py' '${tests}'`;
      return [compileInGuest(pytest), `${python} '${tests}/probes.py' ${packages}`, compileInGuest(`${python} '${tests}/pylcc_probes.py'`)];
    },
  },
  {
    language: "rust",
    build: async () => {
      const built = await buildRust();
      const one = (path: string) => `cd '${root}/packages/rlbc' && ${path} --test-threads=1 --show-output`;
      return [...[...built.values()].map(one), `${built.get("probes")} --ignored --test-threads=1`];
    },
  },
  {
    language: "typescript",
    build: async () => {
      // Limits are for machines; emulated, a compiler before the tests alone takes ten seconds.
      const options = "--no-color --reporter=verbose --maxWorkers=1 --testTimeout=600000 --hookTimeout=600000";
      const vitest = `'${process.execPath}' '${root}/node_modules/vitest/vitest.mjs' run ${options}`;
      const scripts = (await probes.find(({ language }) => language === "typescript")?.build()) ?? [];
      return [`cd '${root}' && NODE_OPTIONS=--conditions=@lbc/source ${vitest} packages/runtime/`, ...scripts];
    },
  },
];
