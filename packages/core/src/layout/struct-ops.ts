import type { BtfComposite } from "../btf/index.ts";
import type { StructOps } from "../object/index.ts";
import type { Root } from "./collect.ts";
import type { TypeSource } from "./source.ts";
import type { TypeTable } from "./type-table.ts";
import type { StructOpsLayout } from "./types.ts";

/** The plain data of a struct_ops; bit-fields are left out, as libbpf refuses them there. */
function dataMembers(source: TypeSource, ops: StructOps): BtfComposite["members"] {
  const type = source.btf.resolve(ops.type);
  if (type.kind !== "struct") return [];
  return type.members.filter((member) => member.bitSize === 0 && !isFunction(source, member.type));
}

function isFunction(source: TypeSource, id: number): boolean {
  const type = source.btf.resolve(id);
  return type.kind === "pointer" && source.btf.resolve(type.type).kind === "function-prototype";
}

export function* structOpsRoots(source: TypeSource, ops: StructOps): Iterable<Root> {
  for (const { name, type } of dataMembers(source, ops)) yield { source, id: type, place: `${ops.typeName}.${name}` };
}

export function structOpsLayout(source: TypeSource, types: TypeTable, ops: StructOps, variable: number | null): StructOpsLayout {
  return {
    name: ops.name,
    typeName: ops.typeName,
    section: ops.section,
    link: ops.link,
    size: source.btf.size(ops.type),
    functions: ops.functions.map(({ member, program }) => ({ member, program })),
    fields: dataMembers(source, ops).map((member) => {
      const type = types.ref({ source, id: member.type });
      return { member: member.name, offset: member.bitOffset / 8, size: types.sizeOf(type), type };
    }),
    doc: (variable === null ? null : source.doc(variable)) ?? source.doc(ops.type),
  };
}
