import { type Emit, FileSet, provenance } from "@lbc/emit";

export { type Names, nameModule } from "./names.ts";

/**
 * One ES module, `NAME.ts`: the skeleton, its types, and the object as base64, so that it stays one file when it is bundled.
 * ts-morph takes longer to import than everything else takes to run, so that only a call imports it.
 */
export const emit: Emit = async (layout, options) => {
  const { printModule } = await import("./module.ts");
  const code = printModule(layout, provenance(layout, options), options.u64);
  const base64 = Buffer.from(options.object.buffer, options.object.byteOffset, options.object.byteLength).toString("base64");
  const embedded = `/** ${options.source.replaceAll("*/", "* /")} as base64. */\nconst embedded =\n  "${base64}";\n`;
  return new FileSet().add(`${fileName(layout.object.name)}.ts`, `${code}\n${embedded}`);
};

/** A file name that every system takes. */
const fileName = (name: string): string => name.replaceAll(/[^A-Za-z0-9._-]/g, "_");
