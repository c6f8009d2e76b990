import { root } from "../paths.ts";
import { buildC, buildGo, buildPython, buildRust, python } from "./build.ts";
import type { Suite } from "./suites.ts";

const pythonTests = `${root}/packages/pylbc/tests`;

/** The tests of every runtime that need kprobe, fentry, fexit and their like. */
export const probes: readonly Suite[] = [
  { language: "c", build: async () => (await buildC(["probes"])).map((folder) => `${folder}/probes`) },
  {
    language: "go",
    build: async () => [`cd '${root}/packages/golbc' && LBC_PROBES=1 ${await buildGo()} -test.run Probes -test.v`],
  },
  {
    language: "python",
    build: async () => {
      const packages = await buildPython();
      // What a kernel lacks is printed (-rs).
      const hooks = `LBC_SKELETONS=${packages} ${python} -m pytest -q -rs -p no:cacheprovider --rootdir '${root}/packages/pylbc' '${pythonTests}/test_hooks.py'`;
      return [`${python} '${pythonTests}/probes.py' ${packages}`, hooks, compileInGuest(`${python} '${pythonTests}/pylcc_probes.py'`)];
    },
  },
  {
    language: "rust",
    build: async () => {
      const built = await buildRust("probes", "hooks");
      // One at a time: both watch the opens of this process. What a kernel lacks is printed.
      return [`${built.get("probes")} --ignored --test-threads=1`, `${built.get("hooks")} --test-threads=1 --show-output`];
    },
  },
  {
    language: "typescript",
    build: async () => ["probes", "core-idioms"].map(script),
  },
];

/** A command that compiles in the guest, with this checkout's lbc. */
export const compileInGuest = (command: string): string =>
  `XDG_CACHE_HOME=/tmp/cache PATH='${root}/node_modules/.bin':"$PATH" NODE_OPTIONS=--conditions=@lbc/source ${command}`;

function script(name: string): string {
  return `'${process.execPath}' --conditions=@lbc/source '${root}/packages/runtime/src/kernel-tests/${name}.ts'`;
}
