import type { Layout } from "@lbc/core/layout";
import { type EmitOptions, provenance } from "@lbc/emit";
import { type Declaration, DeclarationPrinter } from "./declarations.ts";
import { commentText, type UnitNames } from "./names.ts";
import type { Spelling } from "./spelling.ts";
import type { Side, TypeNames } from "./type-names.ts";

/** What types.hbs and bpf-header.hbs show of the types, as finished strings. */
export function typesView(layout: Layout, options: EmitOptions, unit: UnitNames, names: TypeNames, spelling: Spelling, side: Side) {
  const declarations = new DeclarationPrinter(layout, names, spelling, side).all();
  return {
    provenance: provenance(layout, options).map(commentText),
    name: commentText(layout.object.name),
    macro: unit.macro,
    declarations: declarations.map((declaration) => ({ ...declaration, condition: condition(declaration, unit, side) })),
    assertions: declarations.flatMap((declaration) => declaration.assertions),
    forwards: [...spelling.forwards].sort(),
  };
}

function condition({ guard, optional }: Declaration, unit: UnitNames, side: Side): string | null {
  if (guard === null) return null;
  return optional && side === "user" ? `!defined(${unit.macro}_NO_TYPES) && !defined(${guard})` : `!defined(${guard})`;
}
