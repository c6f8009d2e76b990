import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { languages, version } from "@lbc/build";
import { build } from "esbuild";
import { root } from "../paths.ts";

/**
 * Bundles the built command into a folder that needs nothing but Node, for packages outside npm (the Python wheel). Each generator is
 * a file of its own, loaded when its language is asked for, with its templates beside it, where it looks for them.
 */
export async function bundleCommand(folder: string): Promise<void> {
  const generator = (language: string): string => join(root, "generators", language, "dist");
  await build({
    entryPoints: [
      { in: join(root, "packages/cli/bin/lbc.js"), out: "lbc" },
      ...languages.map((language) => ({ in: join(generator(language), "index.js"), out: `gen-${language}/index` })),
    ],
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node24",
    logLevel: "error",
    // Libraries written for CommonJS ask for Node's modules by require.
    banner: { js: 'import { createRequire as lbcCreateRequire } from "node:module"; const require = lbcCreateRequire(import.meta.url);' },
    plugins: [
      {
        name: "version",
        setup: ({ onLoad }) =>
          onLoad({ filter: /packages\/build\/dist\/version\.js$/ }, () => ({
            contents: `export const version = ${JSON.stringify(version)};`,
          })),
      },
    ],
  });
  for (const language of languages) {
    const templates = (await readdir(generator(language))).filter((name) => name.endsWith(".hbs.cjs"));
    await mkdir(join(folder, `gen-${language}`), { recursive: true });
    for (const name of templates) await cp(join(generator(language), name), join(folder, `gen-${language}`, name));
  }
  await writeFile(join(folder, "package.json"), `${JSON.stringify({ type: "module", version })}\n`);
}
