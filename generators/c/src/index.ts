import type { Layout } from "@lbc/core/layout";
import { type Emit, type EmitOptions, FileSet } from "@lbc/emit";
import { bpfHeaderView } from "./bpf-header-view.ts";
import { unitNames } from "./names.ts";
import { skeletonView } from "./skeleton-view.ts";
import { Spelling } from "./spelling.ts";
import { template } from "./templates.ts";
import { TypeNames } from "./type-names.ts";
import { typesView } from "./types-view.ts";

export { type Spelling, spell } from "./spell.ts";

const types = template<ReturnType<typeof typesView>>("types");
const skeleton = template<ReturnType<typeof skeletonView>>("skeleton", ["streams", "maps", "programs", "enums"]);
const bpfHeader = template<ReturnType<typeof bpfHeaderView>>("bpf-header");

/**
 * The C SDK of an object, two headers: NAME.types.h with its types, which stands alone, and NAME.skel.h with the skeleton, whose names
 * are those of `bpftool gen skeleton` plus typed functions for globals, maps, events and programs; it needs clbc.h and libbpf 1.1 or
 * later. Both compile as C11 and C++17.
 */
export const emit: Emit = (layout, options) => {
  const unit = unitNames(layout.object.name);
  const names = new TypeNames(layout, unit, "user");
  const spelling = new Spelling(layout, names);
  // the skeleton first: what its pointers point to is declared in NAME.types.h
  const skeletonText = skeleton(skeletonView(layout, options, unit, spelling));
  return new FileSet()
    .add(`${layout.object.name}.types.h`, types(typesView(layout, options, unit, names, spelling, "user")))
    .add(`${layout.object.name}.skel.h`, skeletonText);
};

/**
 * NAME.lbc.h for BPF sources: the object's types, and a macro for each map (`HELLO_MAP_EVENTS`) with which a second source declares the
 * same map, to share it by its pin path or by its name. It is compiled after lbc.h.
 */
export function emitBpfHeader(layout: Layout, options: EmitOptions): string {
  const unit = unitNames(layout.object.name);
  const names = new TypeNames(layout, unit, "bpf");
  const spelling = new Spelling(layout, names);
  return bpfHeader(bpfHeaderView(layout, options, unit, names, spelling));
}
