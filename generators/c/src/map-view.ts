import { capacityUnit, type Layout, type MapAccess, type MapLayout, type TypeRef } from "@lbc/core/layout";
import { commentText, type FunctionNames } from "./names.ts";
import type { Spelling } from "./spelling.ts";

const u64: TypeRef = { kind: "int", bytes: 8, signed: false, role: "number" };

/** A walk over all entries: the function, and what it takes and uses. */
const walkParts = ["for_each", "visit", "_entry_fn", "_walk"];

/** What can be done with a map from user space, as verbs; streams have theirs in stream-view.ts. */
const verbsOf: Readonly<Record<MapAccess, readonly string[]>> = {
  keyed: ["lookup", "update", "delete", "take", ...walkParts],
  indexed: ["lookup", "update", ...walkParts],
  storage: ["lookup", "update", "delete"],
  "stack-traces": ["lookup", "delete", ...walkParts],
  redirect: ["lookup", "update", "delete"],
  queue: ["push", "peek", "pop"],
  bloom: ["push", "peek"],
  programs: ["put", "delete"],
  maps: ["put", "delete"],
  "stream-in": [],
  "stream-out": [],
  memory: [],
  "struct-ops": [],
};

export function mapVerbs(map: MapLayout): readonly string[] {
  const verbs = verbsOf[map.access];
  // the trie has no lookup-and-delete, and libbpf 1.1 none for per-CPU values
  return map.type === "lpm_trie" || map.perCpu ? verbs.filter((verb) => verb !== "take") : verbs;
}

/** A map and the name of its member in `skel->maps`. */
export interface NamedMap {
  readonly map: MapLayout;
  readonly member: string;
}

/** How a key is passed: as a pointer to it, or the index of an array by value. */
function keyView(spelling: Spelling, map: MapLayout) {
  const byValue = map.access === "indexed" || map.access === "stack-traces" || map.access === "programs";
  if (byValue) return { key: "__u32 index", keyArgument: "&index", keySize: map.keySize };
  return { key: spelling.parameter(map.key, "key", { constant: true }), keyArgument: "key", keySize: map.keySize };
}

/** The depth of stack traces may change before load, so that they are a pointer to addresses. */
const valueType = (map: MapLayout): TypeRef | null => (map.access === "stack-traces" ? u64 : map.value);

function whatOf(map: MapLayout): string {
  if (map.access === "stack-traces") return "the addresses (bpf_map__value_size() / 8 of them, 0 after the last)";
  return map.perCpu ? "the values, one for each of clbc_cpu_count() CPUs," : "the value";
}

/** Maps with keys and values. */
export function tableViews(maps: readonly NamedMap[], spelling: Spelling, functions: FunctionNames) {
  const tables = maps.filter(({ map }) => mapVerbs(map).includes("lookup"));
  return tables.map(({ map, member }) => {
    const verbs = new Set(mapVerbs(map));
    const name = (verb: string): string | null => (verbs.has(verb) ? functions.get(verb, member) : null);
    const value = valueType(map);
    return {
      member,
      map: commentText(map.name),
      what: whatOf(map),
      perCpu: map.perCpu,
      perCpuFlag: map.perCpu,
      perCpuNote: map.perCpu ? "; `values` has one for each of clbc_cpu_count() CPUs" : "",
      ...keyView(spelling, map),
      constantKey: spelling.parameter(map.key, "key", { constant: true }),
      value: spelling.parameter(value, "value", { constant: false }),
      constantValue: spelling.parameter(value, "value", { constant: true }),
      values: spelling.arrayParameter(value, "values", { constant: false }),
      constantValues: spelling.arrayParameter(value, "values", { constant: true }),
      entryValue: map.perCpu
        ? spelling.arrayParameter(value, "values", { constant: true })
        : spelling.parameter(value, "value", { constant: true }),
      keyCast: spelling.cast(map.key),
      valueCast: map.perCpu ? spelling.arrayCast(value) : spelling.cast(value),
      // the depth of stack traces is usually set before load
      valueSize: map.access === "stack-traces" ? `bpf_map__value_size(skel->maps.${member})` : map.valueSize,
      lookup: name("lookup"),
      update: name("update"),
      delete: name("delete"),
      take: name("take"),
      forEach: name("for_each"),
      callback: name("_entry_fn"),
      call: name("_walk"),
      visit: name("visit"),
    };
  });
}

/** Queues, stacks and bloom filters: values without keys. */
export function queueViews(maps: readonly NamedMap[], spelling: Spelling, functions: FunctionNames) {
  const queues = maps.filter(({ map }) => mapVerbs(map).includes("push"));
  return queues.map(({ map, member }) => {
    const isBloom = map.access === "bloom";
    const constantValue = spelling.parameter(map.value, "value", { constant: true });
    return {
      member,
      map: commentText(map.name),
      value: spelling.parameter(map.value, "value", { constant: false }),
      constantValue,
      valueSize: map.valueSize,
      push: functions.get("push", member),
      peek: functions.get("peek", member),
      peekDoc: isBloom
        ? `Whether a value may be in ${commentText(map.name)}: 0, or -ENOENT where it is certainly not.`
        : `Copies the next value of ${commentText(map.name)}; -ENOENT where it is empty.`,
      peekValue: isBloom ? constantValue : spelling.parameter(map.value, "value", { constant: false }),
      peekArgument: isBloom ? "(void *)value" : "value",
      pop: isBloom ? null : functions.get("pop", member),
    };
  });
}

/** Maps whose values are programs or maps, set by descriptor. */
export function slotViews(maps: readonly NamedMap[], spelling: Spelling, functions: FunctionNames) {
  const slots = maps.filter(({ map }) => mapVerbs(map).includes("put"));
  return slots.map(({ map, member }) => {
    const isProgram = map.access === "programs";
    return {
      member,
      map: commentText(map.name),
      ...keyView(spelling, map),
      what: isProgram ? "a loaded program" : "a created map",
      target: isProgram ? "const struct bpf_program *prog" : "const struct bpf_map *inner",
      fd: isProgram ? "bpf_program__fd(prog)" : "bpf_map__fd(inner)",
      put: functions.get("put", member),
      delete: functions.get("delete", member),
    };
  });
}

export function sizeViews(maps: readonly NamedMap[], functions: FunctionNames) {
  return maps.map(({ map, member }) => ({
    member,
    map: commentText(map.name),
    unit: capacityUnit(map),
    count: map.maxEntries,
    function: functions.get("set_max_entries", member),
  }));
}

/** The plain members of struct_ops, which can be set before load. */
export function fieldViews(layout: Layout, members: readonly string[], spelling: Spelling, functions: FunctionNames) {
  return layout.structOps.flatMap((ops, index) =>
    ops.fields.map((field) => ({
      map: commentText(ops.name),
      member: commentText(field.member),
      slot: members[index] ?? "",
      offset: field.offset,
      size: field.size,
      constantValue: spelling.parameter(field.type, "value", { constant: true }),
      function: functions.get("set", `${members[index]}_${field.member}`),
    })),
  );
}
