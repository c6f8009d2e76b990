import { RunError } from "../errors.ts";
import { type Builtin, cString, stackType } from "./builtins.ts";
import { type Fragment, isCall, type Site, type Store } from "./calls.ts";
import type { Draft, ProgramDraft } from "./draft.ts";
import { sectionOf } from "./hooks.ts";
import { mark, ownMark, settleMarks } from "./places.ts";
import { neededFunctions } from "./prelude.ts";
import { printShared, sharedSection, syscallNumbers } from "./shared-hooks.ts";
import type { SiteKind } from "./sites.ts";
import { type KnownTypes, StatementPrinter, slotsOf } from "./statements.ts";
import { namesUsed } from "./tokens.ts";

/** Entries of tables and stack maps, bytes of a stream. */
const tableEntries = 10_240;
const streamBytes = 1 << 20;

export interface SourceOptions {
  /** What the compiler told of types. */
  readonly types: KnownTypes;
  /** Whether the compiler's messages are to name the user's lines; else the source is for people. */
  readonly named: boolean;
}

/** A whole BPF program in C that does what a one-liner says. Throws RunError for what put() cannot store. */
export function printSource(draft: Draft, { types, named }: SourceOptions): string {
  const printer = new StatementPrinter(types);
  const shared = printSharedHooks(draft);
  const programs = [...draft.programs.map((program) => printProgram(program, printer)), ...shared];
  const used = programs.join("\n");
  const names = namesUsed(used);
  const needs = (name: string): boolean => names.has(name);
  const { sites } = draft;
  const parts = [
    "/* Made by lbc run -e; lbc build compiles it. */",
    '#include "lbc.h"',
    ...(shared.length === 0 ? [] : [syscallNumbers]),
    ...(needs(stackType) ? [`/* Number of a stack trace. */\ntypedef s32 ${stackType};\nLBC_STACK(stacks, ${tableEntries});`] : []),
    ...draft.declarations.map((piece) => `${mark(piece)}${piece.text}${ownMark}`),
    ...(needs("add_to_average") ? ["struct average {\ns64 total;\nu64 count;\n};"] : []),
    ...sites.all.map((site) => printMap(site, printer)),
    ...sites.stores.map((store) => printStore(store, printer, needs)),
    ...(sites.usesExit ? ["/* Ends lbc run. */\nbool lbc_exit = false;"] : []),
    ...neededFunctions(used),
    ...programs,
    'char LICENSE[] SEC("license") = "GPL";',
  ];
  return settleMarks(`${ownMark}${parts.join("\n\n")}\n`, named);
}

/**
 * The same programs with a variable of each type that the text does not tell in place of the calls: compiled, its BTF tells them. Of each
 * clause only the first program, whose types count.
 */
export function printTypeQuestions(draft: Draft): string {
  const programs = draft.programs.filter(({ isFirst }) => isFirst);
  const questions = (parts: Fragment): string =>
    parts.map((part) => (isCall(part) ? askedBy(part, questions) : `${mark(part)}${part.text}`)).join("");
  const asking = programs.map((program) => {
    const texts = [program.predicate === null ? "" : `(void)(${questions(program.predicate)});`, questions(program.body)];
    return printFunction(program, texts.join("\n"), texts.join("\n"), "");
  });
  const parts = [
    '#include "lbc.h"',
    `typedef s32 ${stackType};\nLBC_STACK(stacks, 1);`,
    ...draft.declarations.map((piece) => `${mark(piece)}${piece.text}${ownMark}`),
    ...neededFunctions(asking.join("\n")),
    ...asking,
  ];
  return settleMarks(`${ownMark}${parts.join("\n\n")}\n`, true);
}

/** The name of the variable that has an unknown type. */
export const questionName = (number: number): string => `lbc_type_${number}`;

function askedBy(call: Exclude<Fragment[number], { readonly text: string }>, print: (parts: Fragment) => string): string {
  const asked: string[] = [];
  const ask = (type: object | number, value: Fragment): void => {
    if (typeof type === "number")
      asked.push(`${mark(call)}static __typeof__(${print(value)}) ${questionName(type)} __attribute__((used));`);
  };
  switch (call.kind) {
    case "emit":
    case "aggregate":
    case "histogram":
      for (const [index, { type }] of call.site.columns.entries()) ask(type, call.values[index] ?? []);
      break;
    case "put":
      ask(call.store.key, call.key);
      ask(call.store.value, call.value);
      break;
    case "get":
    case "take":
      return "((s64)0)";
    case "exit":
      break;
  }
  return `${mark(call)}do {\n${asked.join("\n")}\n${mark(call)}} while (0)`;
}

function printProgram(program: ProgramDraft, printer: StatementPrinter): string {
  const { predicate, body } = program;
  const parts = [predicate === null ? "" : printer.fragment(predicate), printer.fragment(body)];
  const [condition = "", statements = ""] = program.probe.tracepoint === null ? parts : offTheRecord(parts);
  return printFunction(program, condition, statements, condition === "" ? "" : `if (!(${condition}))\nreturn 0;`);
}

const recordAccess = /(?<![\w.>])ctx->/g;

/** The verifier wants every member read off the context itself; the compiler would keep the address of one that is read twice. */
function offTheRecord(parts: readonly string[]): readonly string[] {
  const count = parts.join("\n").match(recordAccess)?.length ?? 0;
  return count < 2 ? parts : parts.map((part) => part.replace(recordAccess, "record(ctx)->"));
}

function printSharedHooks({ programs }: Draft): string[] {
  const groups = Map.groupBy(programs, ({ shared }) => shared);
  return [...groups].flatMap(([shared, members]) => {
    if (shared === null) return [];
    const others = members.flatMap(({ name, probe: { hook } }) => (hook.kind === "tracepoint" ? [{ name, tracepoint: hook.name }] : []));
    return [`${ownMark}${printShared(shared, others)}`];
  });
}

/** The variables that the condition needs, the condition, the others, the body. */
function printFunction(program: ProgramDraft, condition: string, body: string, check: string): string {
  const early = declarations(program.variables, condition, "");
  const late = declarations(program.variables, body, condition);
  const statements = [early, check, late, `${body}${/[;}]\s*$/.test(body) || body.trim() === "" ? "" : ";"}`, "return 0;"];
  const [section, head] = headOf(program);
  return `${ownMark}${section}\n${head}\n{\n${statements.filter((text) => text.trim() !== "").join("\n")}\n}`;
}

/** The variables that a text uses and another one does not. */
function declarations(variables: Readonly<Record<string, Builtin>>, text: string, earlier: string): string {
  const [used, declared] = [namesUsed(text), namesUsed(earlier)];
  const wanted = Object.entries(variables).filter(([name]) => used.has(name) && !declared.has(name));
  return wanted.map(([, { declaration }]) => declaration).join("\n");
}

function headOf({ probe: { hook, tracepoint, prototype }, name, shared }: ProgramDraft): readonly [section: string, head: string] {
  const section = shared !== null && hook.kind === "tracepoint" ? sharedSection(hook.name) : `SEC(${cString(sectionOf(hook))})`;
  switch (hook.kind) {
    case "tracepoint":
      return [section, `int ${name}(struct ${tracepoint?.struct} *ctx)`];
    case "tp_btf":
    case "trampoline": {
      const parameters = prototype?.parameters.map(({ declaration }) => declaration) ?? [];
      const result = hook.kind === "trampoline" && hook.return && prototype?.result ? [prototype.result] : [];
      return [section, `int BPF_PROG(${[name, ...parameters, ...result].join(", ")})`];
    }
    case "kprobe":
    case "uprobe":
      return [section, `int ${name}(struct pt_regs *ctx)`];
    case "perf":
      return [section, `int ${name}(struct bpf_perf_event_data *ctx)`];
    case "begin":
    case "end":
      return [section, `int ${name}(void *ctx)`];
  }
}

function printMap(site: Site & { readonly what: SiteKind }, printer: StatementPrinter): string {
  const { map, what } = site;
  const key = site.struct === null ? "u32" : `struct ${site.struct}`;
  const entries = site.struct === null ? 1 : tableEntries;
  switch (what.kind) {
    case "emit":
      return `${printStruct(site, printer, [])}\nLBC_RINGBUF(${map}, ${key}, ${streamBytes});`;
    case "aggregate": {
      const value = { count: "u64", sum: "s64", min: "s64", max: "s64", avg: "struct average" }[what.by];
      return `${printStruct(site, printer, [])}\nLBC_HASH(${map}, ${key}, ${value}, ${entries});`.trimStart();
    }
    case "histogram":
      if (site.struct !== null) return `${printStruct(site, printer, ["u32 slot;"])}\nLBC_HASH(${map}, ${key}, u64, ${entries});`;
      return what.scale.kind === "log2" ? `LBC_HIST2(${map});` : `LBC_HIST(${map}, ${slotsOf(what.scale)});`;
  }
}

function printStruct({ struct, columns }: Site, printer: StatementPrinter, more: readonly string[]): string {
  if (struct === null) return "";
  const fields = columns.map(({ name, type }) =>
    typeof type === "object" && "stringBytes" in type ? `char ${name}[${type.stringBytes}];` : `${printer.typeOf(type).declare(name)};`,
  );
  return `struct ${struct} {\n${[...fields, ...more].join("\n")}\n};`;
}

function printStore({ name, key, value }: Store, printer: StatementPrinter, needs: (name: string) => boolean): string {
  const [keyType, valueType] = [printer.typeOf(key), printer.typeOf(value)];
  if (keyType.isArray || valueType.isArray) {
    throw new RunError("bad-one-liner", {
      message: `put(${name}, …) stores numbers and pointers by a number`,
      hint: `for other types write a map of your own: LBC_HASH(${name}, KEY, VALUE, 1024);`,
    });
  }
  const type = (of: typeof keyType): string => of.declare("").trim();
  const functions = [
    `static __always_inline ${valueType.declare(`get_${name}`)}(${keyType.declare("key")})
{
${valueType.declare("*value")} = bpf_map_lookup_elem(&${name}, &key);

return value ? *value : 0;
}`,
    `static __always_inline ${valueType.declare(`take_${name}`)}(${keyType.declare("key")})
{
${valueType.declare("value")} = get_${name}(key);

bpf_map_delete_elem(&${name}, &key);
return value;
}`,
  ];
  const isTaken = needs(`take_${name}`);
  const wanted = functions.filter((_, index) => (index === 0 ? isTaken || needs(`get_${name}`) : isTaken));
  return [`LBC_HASH(${name}, ${type(keyType)}, ${type(valueType)}, ${tableEntries});`, ...wanted].join("\n\n");
}
