import type { Layout, MapLayout, TypeRef } from "@lbc/core/layout";
import { allocateNames, convertCase, type EmitOptions } from "@lbc/emit";
import { commentLines, commentText, macroNames, type UnitNames } from "./names.ts";
import type { Spelling } from "./spelling.ts";
import type { TypeNames } from "./type-names.ts";
import { typesView } from "./types-view.ts";

/** The macros of lbc.h that name a map type, its key and its value. */
const tableMacros: Readonly<Record<string, string>> = {
  hash: "LBC_HASH",
  lru_hash: "LBC_LRU_HASH",
  percpu_hash: "LBC_PERCPU_HASH",
  lru_percpu_hash: "LBC_LRU_PERCPU_HASH",
  array: "LBC_ARRAY",
  percpu_array: "LBC_PERCPU_ARRAY",
};

/** What bpf-header.hbs shows, as finished strings. */
export function bpfHeaderView(layout: Layout, options: EmitOptions, unit: UnitNames, names: TypeNames, spelling: Spelling) {
  const macros = allocateNames(
    layout.maps.map(({ name }) => `${unit.macro}_MAP_${name}`),
    macroNames,
  );
  const maps = layout.maps.map((map, index) => ({
    macro: macros[index] ?? "",
    doc: commentLines(
      [`${commentText(map.name)}: ${map.type}`, map.doc].filter((part) => part !== null).join(map.doc?.includes("\n") ? "\n" : ", "),
    ),
    lines: declaration(map, spelling),
  }));
  return { ...typesView(layout, options, unit, names, spelling, "bpf"), maps };
}

const hasOptions = (map: MapLayout): boolean =>
  map.flags !== 0 || map.extra !== "0" || map.pinning !== "none" || map.numaNode !== null || map.inner !== null;

/** A macro argument must not have a comma or brackets of its own. */
const isPlain = (text: string): boolean => /^[\w ]+\*?$/.test(text);

function declaration(map: MapLayout, spelling: Spelling): string[] {
  // as it is, because maps are shared by name; words that are reserved in C++ alone are names here
  const name = convertCase(map.name, "unchanged");
  const type = (ref: TypeRef | null): string | null => (ref === null ? null : spelling.declare(ref, ""));
  const [key, value, event] = [type(map.key), type(map.value), type(map.event?.type ?? null)];
  if (!hasOptions(map)) {
    const own = ownMacro(map, name);
    if (own !== null) return [own];
    const macro = tableMacros[map.type];
    if (macro && key && value && isPlain(key) && isPlain(value)) return [`${macro}(${name}, ${key}, ${value}, ${map.maxEntries})`];
    if (map.type === "user_ringbuf" && event && isPlain(event)) return [`LBC_USER_RINGBUF(${name}, ${event}, ${map.maxEntries})`];
    if (map.type === "ringbuf" && event && isPlain(event)) return [`LBC_RINGBUF(${name}, ${event}, ${map.maxEntries})`];
    if (map.type === "perf_event_array" && event && isPlain(event)) return [`LBC_PERF_OUTPUT(${name}, ${event}, ${map.maxEntries})`];
  }
  return ["struct {", ...fields(map, spelling).map((line) => `\t${line}`), `} ${name} SEC(".maps")`];
}

const scaleOf: Readonly<Record<string, string>> = { "log2 64": "HIST2", "log10 20": "HIST10" };

/** The macro of lbc.h for a map that means more than its key and value: a histogram, stack traces. Null for others. */
function ownMacro(map: MapLayout, name: string): string | null {
  if (map.histogram !== null) {
    const macro = scaleOf[`${map.histogram} ${map.maxEntries}`];
    if (macro !== undefined) return `LBC_${map.perCpu ? "PERCPU_" : ""}${macro}(${name})`;
    if (map.histogram === "linear" && !map.perCpu) return `LBC_HIST(${name}, ${map.maxEntries})`;
    return `__LBC_HISTOGRAM(${name}, BPF_MAP_TYPE_${map.type.toUpperCase()}, ${map.histogram}, ${map.maxEntries})`;
  }
  const mostFrames = 127;
  return map.type === "stack_trace" && map.valueSize === 8 * mostFrames ? `LBC_STACK(${name}, ${map.maxEntries})` : null;
}

/** The members of a BTF-defined map. @see https://docs.kernel.org/bpf/libbpf/libbpf_overview.html and libbpf's bpf_helpers.h */
function fields(map: MapLayout, spelling: Spelling): string[] {
  const mapType = /^unknown_(\d+)$/.exec(map.type)?.[1] ?? `BPF_MAP_TYPE_${map.type.toUpperCase()}`;
  const event = map.event?.type ?? null;
  const lines = [event === null ? `__uint(type, ${mapType});` : `${spelling.declare(event, `(*type)[${mapType}]`)};`];
  if (map.key !== null) lines.push(`${spelling.declare(map.key, "*key")};`);
  else if (map.keySize > 0) lines.push(`__uint(key_size, ${map.keySize});`);
  if (map.value !== null) lines.push(`${spelling.declare(map.value, "*value")};`);
  else if (map.valueSize > 0) lines.push(`__uint(value_size, ${map.valueSize});`);
  lines.push(`__uint(max_entries, ${map.maxEntries});`);
  if (map.flags !== 0) lines.push(`__uint(map_flags, ${map.flags});`);
  if (map.extra !== "0") lines.push(mapExtra(map.extra));
  if (map.numaNode !== null) lines.push(`__uint(numa_node, ${map.numaNode});`);
  if (map.pinning === "by-name") lines.push("__uint(pinning, LIBBPF_PIN_BY_NAME);");
  if (map.inner !== null) lines.push("struct {", ...fields(map.inner, spelling).map((line) => `\t${line}`), "} *values[];");
  return lines;
}

/** libbpf takes 64 bits from 1.3 on only, by `__ulong`. */
function mapExtra(extra: string): string {
  return BigInt(extra) > 0x7fffffffn ? `__ulong(map_extra, ${extra}ULL);` : `__uint(map_extra, ${extra});`;
}
