import type { CType } from "./builtins.ts";
import { type Call, type Column, type Fragment, isCall, type Scale, type Site, type TypeOrNumber } from "./calls.ts";
import { mark, ownUnlessMarked } from "./places.ts";

/** What the compiler told of the types that the text does not tell, by their numbers. */
export type KnownTypes = readonly CType[];

/** Slots below and above the range of a linear histogram. */
const outside = 2;

/** Of a histogram by powers of two: fast_log2() takes a number without a sign, so that only those below zero, such as errors, get here. */
export const negativeSlot = 63;

export const slotsOf = (scale: Extract<Scale, { readonly kind: "linear" }>): number =>
  Math.ceil((scale.highest - scale.lowest) / scale.step) + outside;

/** Prints fragments as C, with marks that say on which line of the user's text something stands. */
export class StatementPrinter {
  readonly #types: KnownTypes;

  constructor(types: KnownTypes) {
    this.#types = types;
  }

  typeOf(type: TypeOrNumber): CType {
    if (typeof type !== "number") return type;
    const known = this.#types[type];
    if (known === undefined) throw new RangeError(`type ${type} is not known`);
    return known;
  }

  fragment(parts: Fragment): string {
    return parts.map((part) => (isCall(part) ? `${mark(part)}${this.#call(part)}` : `${mark(part)}${part.text}`)).join("");
  }

  /** Statements become one statement that takes a semicolon, get() and take() an expression. */
  #call(call: Call): string {
    switch (call.kind) {
      case "emit":
        return this.#emit(call);
      case "aggregate":
        return this.#aggregate(call);
      case "histogram":
        return this.#histogram(call);
      case "put":
        return block(call, [
          `${mark(call)}${this.typeOf(call.store.key).declare("lbc_key")} = ${this.fragment(call.key)};`,
          `${this.typeOf(call.store.value).declare("lbc_value")} = ${this.fragment(call.value)};`,
          "",
          `bpf_map_update_elem(&${call.store.name}, &lbc_key, &lbc_value, BPF_ANY);`,
        ]);
      case "get":
      case "take":
        return `${call.kind}_${call.store}(${this.fragment(call.key)})`;
      case "exit":
        return "lbc_exit = true";
    }
  }

  #emit(call: Extract<Call, { readonly kind: "emit" }>): string {
    const { site, values } = call;
    const { map, struct, columns } = site;
    return block(call, [
      `struct ${struct} *lbc_event = LBC_RESERVE(${map});`,
      "",
      "if (lbc_event) {",
      ...columns.map((column, index) => this.#assign(`lbc_event->${column.name}`, column, values[index] ?? [])),
      "LBC_SUBMIT(lbc_event);",
      "}",
    ]);
  }

  #aggregate(call: Extract<Call, { readonly kind: "aggregate" }>): string {
    const { site, by } = call;
    const update = `${mark(call)}${updaters[by]}(&${site.map}, &lbc_key, ${this.fragment(call.value)});`;
    return block(call, [...this.#key(site, call.values), update]);
  }

  #histogram(call: Extract<Call, { readonly kind: "histogram" }>): string {
    const { site, scale, values, value } = call;
    const declared = `${mark(call)}s64 lbc_value = ${this.fragment(value)};`;
    const slot = scale.kind === "log2" ? "fast_log2(lbc_value)" : linearSlot(scale);
    if (site.struct === null) return block(call, [declared, "", `incr_hist(&${site.map}, ${slot});`]);
    return block(call, [declared, ...this.#key(site, values), `lbc_key.slot = ${slot};`, `add(&${site.map}, &lbc_key, 1);`]);
  }

  /** Padding is part of a key: all of it is zero. */
  #key({ struct, columns }: Site, values: readonly Fragment[]): string[] {
    if (struct === null) return ["u32 lbc_key = 0;", ""];
    return [
      `struct ${struct} lbc_key;`,
      "",
      "__builtin_memset(&lbc_key, 0, sizeof(lbc_key));",
      ...columns.map((column, index) => this.#assign(`lbc_key.${column.name}`, column, values[index] ?? [])),
    ];
  }

  #assign(target: string, { type }: Column, value: Fragment): string {
    const expression = this.fragment(value);
    const line = value[0] === undefined ? "" : mark(value[0]);
    return line + this.#assignment(target, type, expression);
  }

  #assignment(target: string, type: Column["type"], expression: string): string {
    if (typeof type === "object" && "stringBytes" in type) {
      return `${type.isJoined ? "read_joined" : "read_str"}(${target}, sizeof(${target}), (const void *)(${expression}));`;
    }
    const { isArray, isStruct } = this.typeOf(type);
    // The verifier knows the kernel's structs member by member, and the compiler would copy several at once.
    if (isStruct === true && isElsewhere(expression)) return `bpf_probe_read_kernel(&${target}, sizeof(${target}), &(${expression}));`;
    if (!isArray) return `${target} = ${expression};`;
    // What the text tells the type of is memory of the program; anything else may be the kernel's.
    return typeof type === "number"
      ? `bpf_probe_read_kernel(${target}, sizeof(${target}), ${expression});`
      : `__builtin_memcpy(${target}, ${expression}, sizeof(${target}));`;
  }
}

/** Whether a struct may be the kernel's: it is not when it is part of the context, or what a call gives, which has no address. */
const isElsewhere = (expression: string): boolean => !/^\s*ctx\b|\)\s*$/.test(expression);

/** Functions of the prelude. */
const updaters = { count: "add", sum: "add", min: "keep_min", max: "keep_max", avg: "add_to_average" } as const;

function linearSlot(scale: Extract<Scale, { readonly kind: "linear" }>): string {
  const { lowest, highest, step } = scale;
  return `lbc_value < ${lowest} ? 0 : lbc_value >= ${highest} ? ${slotsOf(scale) - 1} : 1 + (u64)(lbc_value - ${lowest}) / ${step}`;
}

/** What the compiler misses behind it is missing behind the call. */
const block = (call: Call, lines: readonly string[]): string =>
  ["do {", ...lines.map(ownUnlessMarked), `${mark(call)}} while (0)`].join("\n");
