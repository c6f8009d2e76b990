import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { templateOptions } from "@lbc/emit/templates";
import Handlebars from "handlebars";

// tsc leaves everything that is no TypeScript behind: each template of a generator is compiled to a module beside its code.
for (const name of await readdir("src", { recursive: true })) {
  if (!name.endsWith(".hbs")) continue;
  const compiled = Handlebars.precompile(await readFile(join("src", name), "utf8"), templateOptions);
  await writeFile(join("dist", `${name}.cjs`), `module.exports = ${compiled};\n`);
}
