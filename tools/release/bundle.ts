import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { languages, version } from "@lbc/build";
import { build, type Plugin } from "esbuild";
import { root } from "../paths.ts";

/**
 * Bundles the built command into a folder that needs nothing but Node, for packages outside npm (the Python wheel): lbc.mjs, a chunk
 * for what is loaded when it is asked for, the compiled templates, the headers for lbc build, and koffi, whose native part cannot be bundled.
 */
export async function bundleCommand(folder: string): Promise<void> {
  await build({
    entryPoints: [{ in: join(root, "packages/cli/bin/lbc.js"), out: "lbc" }],
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node24",
    logLevel: "error",
    external: ["koffi"],
    // Libraries written for CommonJS ask for Node's modules by require, and for their own place.
    banner: { js: 'import { createRequire as lbcCreateRequire } from "node:module"; const require = lbcCreateRequire(import.meta.url);' },
    define: { __filename: "import.meta.filename", __dirname: "import.meta.dirname" },
    plugins: [inPlace],
  });
  for (const owner of [...languages.map((language) => `generators/${language}`), "packages/new"]) await copyTemplates(owner, folder);
  await copyKoffi(folder);
  const headers = join(root, "lbc-headers");
  await mkdir(join(folder, "headers"), { recursive: true });
  for (const name of await readdir(headers)) if (/\.h$|^LICENSE/.test(name)) await cp(join(headers, name), join(folder, "headers", name));
  await writeFile(join(folder, "package.json"), `${JSON.stringify({ type: "module", version })}\n`);
}

/** koffi as it is installed here: its JavaScript, and its native part for the machine that the package is made on. */
async function copyKoffi(folder: string): Promise<void> {
  const [installed, modules] = [join(root, "node_modules"), join(folder, "node_modules")];
  for (const name of await readdir(join(installed, "koffi"), { recursive: true })) {
    if (!/^(src\/koffi\/.*\.c?js|[^/]*\.c?js|package\.json|LICENSE.*)$/.test(name)) continue;
    await cp(join(installed, "koffi", name), join(modules, "koffi", name));
  }
  await cp(join(installed, "@koromix"), join(modules, "@koromix"), { recursive: true });
}

async function copyTemplates(owner: string, folder: string): Promise<void> {
  const dist = join(root, owner, "dist");
  for (const name of await readdir(dist, { recursive: true })) {
    if (!name.endsWith(".hbs.cjs")) continue;
    const target = join(folder, "templates", basename(owner), name);
    await mkdir(dirname(target), { recursive: true });
    await cp(join(dist, name), target);
  }
}

/** What modules look for lies elsewhere in a bundle: templates in templates/LANGUAGE or templates/new, headers in headers, the version in the code. */
const inPlace: Plugin = {
  name: "in-place",
  setup: ({ onLoad }) => {
    onLoad({ filter: /packages\/build\/dist\/version\.js$/ }, () => ({ contents: `export const version = ${JSON.stringify(version)};` }));
    onLoad({ filter: /packages\/build\/dist\/headers-folder\.js$/ }, async ({ path }) => {
      const code = await readFile(path, "utf8");
      return { contents: code.replace(/import\.meta\.resolve\([^)]*\)/, 'new URL("headers/lbc.h", import.meta.url)') };
    });
    onLoad({ filter: /(generators\/\w+|packages\/new)\/dist\/templates\.js$/ }, async ({ path }) => {
      const owner = basename(dirname(dirname(path)));
      const code = await readFile(path, "utf8");
      return { contents: code.replace("import.meta.url", `new URL("templates/${owner}/", import.meta.url).href`) };
    });
  },
};
