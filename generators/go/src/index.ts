import type { Emit } from "@lbc/emit";
import { FileSet } from "@lbc/emit";
import { template } from "./templates.ts";
import { type PackageView, packageView } from "./view.ts";

export { type MemberSpelling, type Spelling, spell } from "./spell.ts";

const skeletonFile = template<PackageView>("skeleton");
const typesFile = template<PackageView>("types");

/**
 * A Go package that needs `golbc` only: the folder it is put in gives the import path. The object lies in it as NAME.bpf, an ending that
 * no .gitignore drops.
 */
export const emit: Emit = (layout, options) => {
  const view = packageView(layout, options);
  return new FileSet()
    .add(`${view.fileStem}_skel.go`, skeletonFile(view))
    .add(`${view.fileStem}_types.go`, typesFile(view))
    .add(view.objectFile, options.object);
};
