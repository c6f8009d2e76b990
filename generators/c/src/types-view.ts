import type { Layout } from "@lbc/core/layout";
import { type EmitOptions, provenance } from "@lbc/emit";
import { type Declaration, DeclarationPrinter } from "./declarations.ts";
import { commentText, hasCxxKeyword, type UnitNames } from "./names.ts";
import type { Spelling } from "./spelling.ts";
import type { Side, TypeNames } from "./type-names.ts";

/** What types.hbs and bpf-header.hbs show of the types, as finished strings. */
export function typesView(layout: Layout, options: EmitOptions, unit: UnitNames, names: TypeNames, spelling: Spelling, side: Side) {
  const declarations = new DeclarationPrinter(layout, names, spelling, side).all();
  return {
    provenance: provenance(layout, options).map(commentText),
    name: commentText(layout.object.name),
    macro: unit.macro,
    declarations: declarations.map((declaration) => ({
      ...declaration,
      text: side === "bpf" && hasCxxKeyword(declaration.text) ? unformatted(declaration.text) : declaration.text,
      condition: condition(declaration, unit, side),
    })),
    assertions: declarations.flatMap((declaration) => declaration.assertions),
    forwards: [...spelling.forwards].sort(),
  };
}

/** clang-format takes a header of C for one of C++, in which `struct class` is no struct. */
const unformatted = (text: string): string => `/* clang-format off */\n${text}\n/* clang-format on */`;

function condition({ guard, optional }: Declaration, unit: UnitNames, side: Side): string | null {
  if (guard === null) return null;
  return optional && side === "user" ? `!defined(${unit.macro}_NO_TYPES) && !defined(${guard})` : `!defined(${guard})`;
}
