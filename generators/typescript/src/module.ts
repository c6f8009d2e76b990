import { declaredTypes, type Layout } from "@lbc/core/layout";
import { Project, type StatementStructures, StructureKind } from "ts-morph";
import { format } from "./format/index.ts";
import { nameModule } from "./names.ts";
import { printImports, type Scope } from "./scope.ts";
import { namedSections, printSkeleton } from "./skeleton.ts";
import { namedStructOps, withFields } from "./struct-ops.ts";
import { printEnum, printStruct } from "./structs.ts";
import { printSection, printStructOps, printView } from "./views.ts";

/** The text of the module that a layout becomes, without the object that it embeds; `u64` is how it sees integers of 64 bits. */
export function printModule(layout: Layout, header: readonly string[], u64: "bigint" | "number" = "bigint"): string {
  const used = new Set<string>();
  const names = nameModule(layout);
  const use: Scope["use"] = (name) => {
    used.add(name);
    return name;
  };
  const scope: Scope = { layout, names, exactNumbers: u64 === "number", use, scalars: new Set(), codecs: new Map() };
  const declarations = [
    ...printSkeleton(scope),
    ...namedSections(scope).map(({ section, names }) => printSection(scope, section, names)),
    ...withFields(namedStructOps(scope)).map(({ ops, names }) => printStructOps(scope, ops, names)),
    ...declaredTypes(layout).flatMap((decl) => {
      if (decl.kind === "enum") return printEnum(scope, decl);
      return names.views.has(decl.id) ? [printView(scope, decl)] : printStruct(scope, decl);
    }),
  ];
  const project = new Project({ useInMemoryFileSystem: true, skipLoadingLibFiles: true });
  const statements = [...header.map((line) => `// ${line}`), ...printImports(used), ...printCodecs(scope), ...declarations.map(setApart)];
  return format(project.createSourceFile("module.ts", { statements }).compilerNode);
}

/** `const { u32, u64 } = scalars("little");`, and what the module needs beyond these. */
function printCodecs({ scalars, codecs, layout }: Scope): string[] {
  const taken = scalars.size === 0 ? [] : [`const { ${[...scalars].sort().join(", ")} } = scalars("${layout.object.endianness}");`];
  return [...taken, ...codecs.values()].map((declaration) => `\n${declaration}`);
}

/** ts-morph leaves a blank line around classes and interfaces only. */
function setApart(declaration: StatementStructures, index: number, all: readonly StatementStructures[]): StatementStructures {
  const isPlain = (statement: StatementStructures | undefined): boolean =>
    statement?.kind === StructureKind.VariableStatement || statement?.kind === StructureKind.TypeAlias;
  return isPlain(declaration) && isPlain(all[index - 1]) ? { ...declaration, leadingTrivia: "\n" } : declaration;
}
