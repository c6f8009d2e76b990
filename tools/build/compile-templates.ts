import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { templateOptions } from "@lbc/emit/templates";
import Handlebars from "handlebars";

// tsc leaves everything that is no TypeScript behind: each template is compiled to a module beside its code.
for (const name of await readdir("src", { recursive: true })) {
  if (!name.endsWith(".hbs")) continue;
  const compiled = Handlebars.precompile(await readFile(join("src", name), "utf8"), templateOptions);
  await mkdir(dirname(join("dist", name)), { recursive: true });
  await writeFile(join("dist", `${name}.cjs`), `module.exports = ${compiled};\n`);
}
