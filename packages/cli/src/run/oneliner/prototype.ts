import type { Btf, BtfFunctionPrototype, BtfId, BtfType } from "@lbc/core/btf";
import { didYouMean } from "@lbc/core/layout";
import { RunError } from "../errors.ts";
import { unique } from "./columns.ts";
import { isFree } from "./own-names.ts";

/** A parameter as C declares it: `struct path *path`. */
export interface Parameter {
  readonly name: string;
  /** What C calls it: the name, but where that means something else in the program. */
  readonly identifier: string;
  readonly declaration: string;
}

/** What a function or tracepoint is called with, and what it gives. */
export interface Prototype {
  readonly parameters: readonly Parameter[];
  /** Declared as `retval`; null where there is none. */
  readonly result: string | null;
}

/** Of a kernel function, for fentry and fexit. Throws RunError `unknown-probe` with near names. */
export function functionPrototype(types: Btf, name: string): Prototype {
  const prototype = prototypeOf(types, types.find(name, "function")[0]);
  if (prototype !== null) return describe(types, prototype, 0);
  throw new RunError("unknown-probe", {
    message: `the kernel's BTF has no function ${name}`,
    hint: didYouMean(name, namesOf(types, "function")) ?? "functions that were inlined and those of modules are not there",
  });
}

/** Of a raw tracepoint: the kernel calls `__traceiter_NAME(data, …)`, and declares `btf_trace_NAME`. Throws RunError `unknown-probe`. */
export function tracepointPrototype(types: Btf, name: string): Prototype {
  const iterator = prototypeOf(types, types.find(`__traceiter_${name}`, "function")[0]);
  const declared = prototypeOf(types, types.find(`${tracepointPrefix}${name}`, "typedef")[0]);
  const prototype = declared === null ? null : (iterator ?? declared);
  if (prototype !== null) return { ...describe(types, prototype, 1), result: null };
  throw new RunError("unknown-probe", {
    message: `the kernel's BTF has no tracepoint ${name}`,
    hint: didYouMean(name, rawTracepoints(types)) ?? "lbc run --list 'tp_btf:*' lists them",
  });
}

const tracepointPrefix = "btf_trace_";

/** The tracepoints that tp_btf knows. */
export function rawTracepoints(types: Btf): string[] {
  return [...namesOf(types, "typedef")]
    .filter((name) => name.startsWith(tracepointPrefix))
    .map((name) => name.slice(tracepointPrefix.length));
}

/** The functions that fentry and fexit know. */
export function* namesOf(types: Btf, kind: "function" | "typedef"): Iterable<string> {
  for (let id = 1; id < types.length; id++) if (types.kind(id) === kind) yield types.name(id);
}

/** Through a typedef and a pointer, or a function's own. */
function prototypeOf(types: Btf, id: BtfId | undefined): BtfFunctionPrototype | null {
  let type: BtfType | null = id === undefined ? null : types.resolve(id);
  if (type?.kind === "pointer" || type?.kind === "function") type = types.resolve(type.type);
  return type?.kind === "function-prototype" ? type : null;
}

function describe(types: Btf, { parameters, result }: BtfFunctionPrototype, skipped: number): Prototype {
  const given = parameters.slice(skipped).filter(({ type }) => type !== 0);
  const names = given.map(({ name }, index) => (name === "" ? `arg${index}` : name));
  const taken = new Set(names);
  return {
    parameters: given.map(({ type }, index) => {
      const name = names[index] ?? "";
      const identifier = isFree(name, index) ? name : unique(`${name}_arg`, taken);
      return { name, identifier, declaration: declare(types, type, identifier) };
    }),
    result: types.resolve(result).kind === "void" ? null : declare(types, result, "retval"),
  };
}

/** In BPF every argument is a register: pointers to what has no name are `void *`. */
function declare(types: Btf, id: BtfId, name: string): string {
  return `${spell(types, id) ?? "u64"} ${name}`.replace("* ", "*");
}

/** How C names a type; null where it has no name of its own. */
function spell(types: Btf, id: BtfId): string | null {
  const type = types.resolve(id, { typedefs: false });
  switch (type.kind) {
    case "void":
      return "void";
    case "int":
    case "float":
    case "typedef":
      return type.name;
    case "struct":
    case "union":
    case "enum":
      return type.name === "" ? null : `${type.kind} ${type.name}`;
    case "forward":
      return `${type.of} ${type.name}`;
    case "pointer":
      return `${spell(types, type.type) ?? "void"} *`.replace("* *", "**");
    default:
      return null;
  }
}
