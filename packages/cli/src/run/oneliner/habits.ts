import { RunError } from "../errors.ts";
import { closingEnd, type Piece, placeAt, slice, splitAtCommas, type Token, tokens } from "./tokens.ts";

/** Names of bpftrace that C does not know, by what to write in place of them. */
const otherNames: Readonly<Record<string, string>> = {
  print: "tables are shown at the end, with --interval 1s each second; a line of text is bpf_printk(…), a row emit(…)",
  clear: "--clear --interval 1s begins tables anew each second",
  zero: "--clear --interval 1s begins tables anew each second",
  delete: "take(map, key) gives what put() stored there, and removes it",
  stats: "call count(), avg(), min() or max()",
  len: "emit() the text itself",
  time: "emit(nsecs) sends the time since the machine started",
  strftime: "emit(nsecs) sends the time since the machine started",
  elapsed: "nsecs is the time since the machine started: put() it in BEGIN, and subtract it",
  func: "probe is the hook's name",
  curtask: "task is the thread's struct task_struct",
  ppid: "the parent is task->real_parent->tgid",
  username: "uid is the user's number",
  rand: "call bpf_get_prandom_u32()",
  ksym: "count(kstack) and emit(kstack) show functions by name",
  usym: "count(ustack) and emit(ustack) show functions by name",
  kaddr: "declare it: extern const void NAME __ksym;",
  reg: "read the registers of a kprobe or uprobe off ctx: PT_REGS_IP(ctx), PT_REGS_SP(ctx)",
  ntop: "emit(saddr = …) shows a __be32 or 16 bytes of that name as an address",
  buf: "emit() an array of bytes",
  cgroupid: "cgroup is the number of the thread's own",
  unroll: "write a loop of C: for (int i = 0; i < 3; i++) { … }",
  strncmp: 'same(text, "word") compares texts: /same(comm, "bash")/',
  strcmp: 'same(text, "word") compares texts: /same(comm, "bash")/',
  strcontains: 'same(text, "word") compares whole texts: /same(comm, "bash")/',
  signal: "call bpf_send_signal(number)",
  system: "lbc run starts no commands: read its events from a program, with --json",
  cat: "lbc run prints no files",
  retval: "a tracepoint's result is one of its arguments, such as args->ret; fexit, kretprobe and uretprobe have retval",
};

/** What to write for a name that the compiler does not know; null where it is none of bpftrace's. */
export function habitOf(name: string): string | null {
  if (name.startsWith("$")) return `declare variables as C does: u64 ${name.slice(1)} = …;`;
  if (/^arg\d$/.test(name)) return "a tracepoint's arguments have names: args->NAME; lbc run --list HOOK tells them";
  return Object.hasOwn(otherNames, name) ? (otherNames[name] ?? null) : null;
}

/** Finds what bpftrace takes and C takes for an error, or for another thing. Throws RunError with what to write. */
export function refuseHabits(piece: Piece): void {
  const all = [...tokens(piece.text)].filter(({ kind }) => kind !== "comment");
  for (const [index, token] of all.entries()) {
    const found = atSign(piece, all, index) ?? comparedText(piece, all, index) ?? called(piece, all, index);
    if (found === null) continue;
    const { line } = placeAt(piece, token.start);
    throw new RunError("bad-one-liner", { line, message: found.message, hint: found.hint });
  }
}

interface Habit {
  readonly message: string;
  readonly hint: string;
}

const aggregates: ReadonlySet<string> = new Set(["count", "sum", "min", "max", "avg", "hist", "lhist"]);

/** `@[comm] = count()`, `@start[tid] = nsecs`, `delete(@start[tid])`, `@x++`. */
function atSign(piece: Piece, all: readonly Token[], index: number): Habit | null {
  const at = all[index];
  if (at?.text !== "@") return null;
  const { name, keys, end } = mapAt(piece, all, index);
  const message = `bpftrace's ${piece.text.slice(at.start, end)}: clauses are C, which has no @`;
  const caller = all[index - 1]?.text === "(" ? all[index - 2]?.text : undefined;
  if (caller === "delete") return { message, hint: `write it as take(${name}, ${keys || "0"})` };
  if (caller === "print" || caller === "clear" || caller === "zero") return { message, hint: otherNames[caller] ?? "" };
  const operator = all.find(({ start }) => start >= end);
  return { message, hint: `write it as ${written(piece, { name, keys }, operator)}` };
}

/** A map of bpftrace: `@name[keys]`, where either may be missing. */
function mapAt(piece: Piece, all: readonly Token[], index: number) {
  const next = all[index + 1];
  const isNamed = next?.kind === "identifier" && next.start === all[index]?.end;
  const open = all[isNamed ? index + 2 : index + 1];
  const name = isNamed ? next.text : "values";
  if (open?.text !== "[") return { name, keys: "", end: (isNamed ? next : all[index])?.end ?? piece.text.length };
  const end = closingEnd(piece, open.start);
  return { name, keys: withoutSigns(slice(piece, open.end, end - 1).text), end };
}

/** The call that does what an operator does with a map. */
function written(piece: Piece, { name, keys }: { readonly name: string; readonly keys: string }, operator: Token | undefined): string {
  const key = keys === "" ? "0" : keys;
  const rest = operator === undefined ? "" : piece.text.slice(operator.end);
  const value = withoutSigns(/^[^;}]*/.exec(rest)?.[0].trim() ?? "");
  const call = (called: string, ...given: readonly string[]): string => `${called}(${given.filter((part) => part !== "").join(", ")})`;
  switch (operator?.text) {
    case "=": {
      const [, called = "", given = ""] = /^(\w+)\s*\((.*)\)$/s.exec(value) ?? [];
      return aggregates.has(called) ? call(called, given.trim(), keys) : `put(${name}, ${key}, ${value})`;
    }
    case "++":
      return call("count", keys);
    case "+=":
      return call("sum", value, keys);
    case "--":
      return call("sum", "-1", keys);
    case "-=":
      return call("sum", `-(${value})`, keys);
    default:
      return `get(${name}, ${key})`;
  }
}

/** What is stored under a key, in lbc's words. */
const withoutSigns = (text: string): string =>
  text.replace(/@(\w+)(?:\[([^\]]*)\])?/g, (_, name: string, keys = "0") => `get(${name}, ${keys})`);

const equality: ReadonlySet<string | undefined> = new Set(["==", "!="]);
/** What an operand of `==` does not reach beyond. */
const borders: ReadonlySet<string> = new Set(["&&", "||", ";", ",", "!", "?", ":", "=", "return"]);

/** `comm == "cat"`: in C the comparison of two addresses, which are never the same. */
function comparedText(piece: Piece, all: readonly Token[], index: number): Habit | null {
  const operator = all[index];
  const word = all[index + 1];
  if (operator === undefined || word?.kind !== "string" || !equality.has(operator.text)) return null;
  let depth = 0;
  let first = index;
  for (const token of all.slice(0, index).reverse()) {
    if (token.text === ")" || token.text === "]") depth++;
    else if (token.text === "(" || token.text === "[" || token.text === "{") depth--;
    if (depth < 0 || (depth === 0 && borders.has(token.text))) break;
    first--;
  }
  const operand = piece.text.slice(all[first]?.start, operator.start).trim();
  return {
    message: `${operand} ${operator.text} ${word.text} compares addresses in C, not texts`,
    hint: `write it as ${operator.text === "!=" ? "!" : ""}same(${operand}, ${word.text})`,
  };
}

/** `printf("%s\n", comm)`, `kstack(3)`. */
function called(piece: Piece, all: readonly Token[], index: number): Habit | null {
  const [name = "", open] = [all[index]?.text, all[index + 1]];
  if (open?.text !== "(") return null;
  if (name === "kstack" || name === "ustack")
    return { message: `${name} is no function`, hint: `write ${name} alone: it is the whole stack` };
  if (name !== "printf") return null;
  const [format, ...values] = splitAtCommas(slice(piece, open.end, closingEnd(piece, open.start) - 1));
  const columns = values.map(({ text }) => text).join(", ");
  const line = format?.text.replace(/\\n"$/, '"') ?? '"…"';
  const hint = columns === "" ? `write it as bpf_printk(${line})` : `send a row: emit(${columns}); bpf_printk("…", …) prints a line`;
  return { message: "the kernel's programs have no printf()", hint };
}
