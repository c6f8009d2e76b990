import type { Emit } from "@lbc/emit";
import { FileSet } from "@lbc/emit";
import { template } from "./templates.ts";
import { type PackageView, packageView } from "./view.ts";

export { type Spelling, spell } from "./spell.ts";

const initModule = template<PackageView>("init");
const typesModule = template<PackageView>("types");
const skeletonModule = template<PackageView>("skeleton");

/**
 * A typed Python package NAME/, which needs `pylbc` only. NAME is the object's name as an identifier; the object lies in it as NAME.bpf, an
 * ending that no .gitignore drops.
 */
export const emit: Emit = (layout, options) => {
  const view = packageView(layout, options);
  return new FileSet()
    .add("__init__.py", initModule(view))
    .add("_types.py", typesModule(view))
    .add("_skeleton.py", skeletonModule(view))
    .add("py.typed", "")
    .add(view.objectFile, options.object)
    .below(view.name);
};
