import { didYouMean } from "@lbc/core";
import { type Btf, type BtfId, type BtfKind, subsetBtf } from "@lbc/core/btf";
import { BuildError } from "./errors.ts";

const kinds = ["struct", "union", "enum", "typedef"] as const satisfies readonly BtfKind[];

/**
 * The BTF of the named types (`task_struct`, `struct sock`, `pid_t`) and what they contain by value; what they point to is declared
 * only. Throws BuildError `unknown-type`.
 */
export function onlyTypes(btf: Btf, names: readonly string[]): Btf {
  return subsetBtf(
    btf,
    names.flatMap((name) => typesNamed(btf, name)),
  );
}

/** Every type of the name, as a struct and a typedef may share one. */
function typesNamed(btf: Btf, wanted: string): BtfId[] {
  const words = wanted.trim().split(/\s+/);
  const [name = "", kind] = words.reverse();
  const tried = kinds.filter((known) => kind === undefined || known === kind);
  const found = words.length > 2 ? [] : tried.flatMap((one) => btf.find(name, one));
  // Integers have names too: `long unsigned int` is one type of the kernel.
  const scalars = [...btf.find(wanted.trim(), "int"), ...btf.find(wanted.trim(), "float")];
  if (found.length + scalars.length > 0) return [...found, ...scalars];
  const near = didYouMean(name, namesOf(btf));
  throw new BuildError("unknown-type", {
    type: wanted,
    message: "the kernel has no type of this name",
    hint: near ?? "check its spelling; another kernel's types are in its BTF: --btf FILE",
  });
}

function* namesOf(btf: Btf): Iterable<string> {
  for (let id = 1; id < btf.length; id++) if (kinds.some((kind) => kind === btf.kind(id)) && btf.name(id) !== "") yield btf.name(id);
}
