import { type Emit, FileSet } from "@lbc/emit";
import { template } from "./templates.ts";
import { createView, objectFile, type View } from "./view.ts";

export { type MemberSpelling, type Spelling, spell } from "./spell.ts";

const library = template<View>("skeleton");
const manifest = template<View>("manifest");

/**
 * A crate: its manifest, one source file, and the object beside it. The source file works as a module of another crate as well,
 * with the object in the same folder: `module` asks for those two alone.
 */
export const emit: Emit = (layout, options) => {
  const view = createView(layout, options);
  if (options.module === true) return new FileSet().add("mod.rs", library(view)).add(objectFile(layout), options.object);
  return new FileSet()
    .add("Cargo.toml", manifest(view))
    .add("src/lib.rs", library(view))
    .add(`src/${objectFile(layout)}`, options.object);
};
