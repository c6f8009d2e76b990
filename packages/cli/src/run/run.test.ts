import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lbc } from "../lbc.test-support.ts";

const command = join(import.meta.dirname, "../../bin/lbc.js");
const shown = join(import.meta.dirname, "fixtures/shown.bpf.c");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-run-"));
  await symlink("/bin/true", join(folder, own));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the command as a user does: work begins once it has attached, then Ctrl-C. */
async function runWhile(argv: readonly string[], work: (child: ChildProcess) => Promise<void> | void) {
  const child = spawn(process.execPath, [command, "run", ...argv], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  // With --json the first line says that all is attached, without it the heading of the events does.
  await Promise.race([once(child.stdout, "data"), once(child, "close")]);
  await work(child);
  child.kill("SIGINT");
  if (child.exitCode === null) await once(child, "close");
  return { code: child.exitCode, out, err };
}

const records = (out: string): Record<string, unknown>[] =>
  out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

/** A program under a name that no other program of the machine has: what the kernel shows of a process is its file's name. */
const own = `true-${process.pid}`;
const execute = (): void => void execFileSync(join(folder, own));

describe("lbc run FILE", () => {
  test("shows events, tables, histograms, stacks and printed lines as JSON lines", async () => {
    const { code, out, err } = await runWhile([shown, "--json", "--set", `comm_wanted=${own}`, "--set", "settings.ports[1]=443"], execute);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const all = records(out);
    expect(all[0]).toEqual({ type: "attached", programs: [{ name: "on_exec", section: "tp_btf/sched_process_exec" }] });
    expect(all.find(({ map }) => map === "events")?.["event"]).toMatchObject({
      kind: "KIND_NONE",
      comm: own,
      saddr: "10.0.0.1",
      daddr_v6: "::1",
      dport: 443,
      low: 5,
      high: 17,
      is_set: true,
      port: 443,
      stack_id: { frames: expect.arrayContaining([expect.objectContaining({ name: "bprm_execve" })]) },
    });
    expect(out).toContain('"big":18446744073709551615');
    expect(all.find(({ map }) => map === "samples")?.["event"]).toEqual(expect.any(Number));
    // without what the kernel fills a sample up with
    expect(all.find(({ map }) => map === "words")?.["event"]).toBe("6669766500");
    expect(all.find(({ type }) => type === "printk")).toMatchObject({ message: "small is -1, name none, 100%" });
    expect(all.find(({ map }) => map === "slots")).toMatchObject({ type: "map", entries: [{ key: 3, value: 33 }] });
    expect(all.find(({ map }) => map === "peers")).toMatchObject({
      entries: [{ key: "10.0.0.1", value: { v4: "10.0.0.1", v6: "a00:1::" } }],
    });
    expect(all.find(({ map }) => map === "sizes")).toMatchObject({ type: "histogram", scale: "log2" });
    expect(all.at(-1)).toEqual({ type: "ended", reason: "signal" });
  });

  test("a program that the verifier refuses is shown at the line of its source, with exit code 2", async () => {
    const source = join(folder, "refused.bpf.c");
    await writeFile(
      source,
      `#include "lbc.h"
LBC_HASH(counts, u32, u64, 16);
SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task)
{
	u32 key = 1;
	u64 *count = bpf_map_lookup_elem(&counts, &key);

	*count += 1;
	return 0;
}
char LICENSE[] SEC("license") = "GPL";
`,
    );
    const { code, err } = await lbc(["run", source]);
    expect(code).toBe(2);
    expect(err).toMatch(
      /^lbc: the kernel refuses on_exec: R\d invalid mem access 'map_value_or_null'\n {2}at refused\.bpf\.c:9: \*count \+= 1;\n/,
    );
    expect(err).toContain("refused.bpf.c:7: u64 *count = bpf_map_lookup_elem(&counts, &key);");
    expect(err).toMatch(/ {2}hint: the pointer may be NULL: compare it with NULL before it is used\n$/);
    expect((await lbc(["run", source, "--verbose"])).err).toContain("the whole log:");
  });

  test("a socket filter sees the packets of the interface that is named", async () => {
    const source = join(folder, "filter.bpf.c");
    await writeFile(
      source,
      `#include "lbc.h"
LBC_HASH(lengths, u32, u64, 64);
SEC("socket")
int on_packet(struct __sk_buff *skb)
{
	u32 length = skb->len;
	u64 one = 1;

	bpf_map_update_elem(&lengths, &length, &one, BPF_ANY);
	return 0;
}
char LICENSE[] SEC("license") = "GPL";
`,
    );
    const { code, out } = await runWhile([source, "--attach", "on_packet=lo", "--json"], async () => {
      const sender = createSocket("udp4");
      await new Promise((sent) => sender.send(new Uint8Array(777), 9, "127.0.0.1", sent));
      sender.close();
    });
    expect(code).toBe(0);
    const { entries } = records(out).find(({ map }) => map === "lengths") as { entries: object[] };
    // with the headers of Ethernet, IPv4 and UDP
    expect(entries).toContainEqual({ key: 14 + 20 + 8 + 777, value: 1 });
    expect((await lbc(["run", source])).err).toContain("say where: --attach on_packet=INTERFACE");
  });

  test.each([
    ["no program", "int number = 1;", "it has none"],
    [
      "a program that is switched off",
      'SEC("?raw_tp/sys_enter") int off(void *ctx) { return 0; }',
      'the section ?raw_tp/sys_enter begins with "?"',
    ],
  ])("an object with %s is an error that says so", async (_what, code, hint) => {
    const source = join(folder, "nothing.bpf.c");
    await writeFile(source, `#include "lbc.h"\n${code}\nchar LICENSE[] SEC("license") = "GPL";\n`);
    const { code: exitCode, err } = await lbc(["run", source]);
    expect(exitCode).toBe(2);
    expect(err).toContain(`no program of the object can be attached [nothing-attached]\n  hint: ${hint}`);
  });

  test.each([
    ["a name that is nearly one", "show.bpf.c", "there is no such file [cannot-read]\n  hint: did you mean shown.bpf.c?"],
    ["a name without its ending", "shown", "there is no such file [cannot-read]\n  hint: did you mean shown.bpf.c?"],
    ["a folder", "", "this is a folder [cannot-read]\n  hint: name a file in it: "],
  ])("%s is an error that names the file", async (_what, name, message) => {
    const { code, err } = await lbc(["run", join(import.meta.dirname, "fixtures", name)]);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  test("a one-liner in place of a file is an error that names -e", async () => {
    const { code, err } = await lbc(["run", "tracepoint:sched:sched_switch { count(); }"]);
    expect(code).toBe(2);
    expect(err).toContain("hint: a one-liner stands behind -e: lbc run -e 'HOOK { … }'");
  });

  test.each([
    ["no such global", ["--set", "comm_wante=ls"], /has no such global \[unknown-variable\]\n {2}hint: did you mean comm_wanted\?/],
    ["a number out of range", ["--set", "small=200"], /200 is not between -128 and 127 \[out-of-range\]/],
    ["an element out of range", ["--set", "settings.ports[2]=1"], /there are 2 elements/],
    ["no such member", ["--set", "settings.nam=x"], /there is no member nam \[unknown-variable\]\n {2}hint: did you mean name\?/],
    ["no name of an enum", ["--set", "kind_sent=KIND_EXE"], /hint: did you mean KIND_EXEC\?/],
    ["a text that is too long", ["--set", "settings.name=abcdefgh"], /longer than 7 bytes/],
    ["no value", ["--set", "small"], /"small" sets nothing/],
    ["no time", ["--duration", "3x"], /"3x" is no duration \[bad-value\]/],
    ["no count", ["--top", "0"], /"0" is no number of entries/],
  ])("%s is an error with a hint, and nothing is attached", async (_, argv, message) => {
    const { code, out, err } = await lbc(["run", shown, ...argv]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(message);
  });
});

describe("lbc run -e", () => {
  test("counts by name, which the workload tells", async () => {
    const expression = `tp_btf:sched_process_exec /same(comm, "${own}")/ { count(comm); }`;
    const { code, out } = await runWhile(["-e", expression, "--json"], () => {
      for (let index = 0; index < 3; index++) execute();
    });
    expect(code).toBe(0);
    const counted = records(out).find(({ type }) => type === "map") as { title: string; entries: { key: object; value: number }[] };
    expect(counted.title).toBe("count(comm)");
    expect(counted.entries).toEqual([{ key: { comm: own }, value: 3 }]);
  });

  test("many system calls are counted by one hook, each by its own name", async () => {
    const name = `uname-${process.pid}`;
    await symlink("/bin/uname", join(folder, name));
    const expression = `tracepoint:syscalls:sys_enter_*u* /same(comm, "${name}")/ { count(probe); }`;
    const { code, out, err } = await runWhile(["-e", expression, "--json"], () => {
      for (let index = 0; index < 3; index++) execFileSync(join(folder, name));
    });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const [attached] = records(out) as [{ programs: object[]; skipped?: object }];
    expect(attached.programs).toContainEqual({ name: "on_sys_enter", section: "tracepoint/raw_syscalls/sys_enter" });
    expect(attached.programs).toContainEqual({ name: "on_sys_enter_exit_group", section: "tracepoint" });
    expect(attached.skipped).toBeUndefined();
    const counts = records(out).filter(({ type }) => type === "map") as { entries: { key: { probe: string }; value: number }[] }[];
    expect(counts).toHaveLength(1);
    const of = (call: string) => counts[0]?.entries.find(({ key }) => key.probe === `tracepoint:syscalls:sys_enter_${call}`)?.value;
    expect(of("exit_group")).toBe(3);
    // The number of this one has another name: uname.
    expect(of("newuname")).toBeGreaterThanOrEqual(3);
  });

  test("prints the file names of openat", async () => {
    const file = join(folder, "opened");
    await writeFile(file, "");
    const expression = 'tracepoint:syscalls:sys_enter_openat /same(comm, "cat")/ { emit(pid, str(args->filename)); }';
    const { out } = await runWhile(["-e", expression], () => void execFileSync("cat", [file]));
    expect(out).toMatch(/^ +pid {2}filename\n/);
    expect(out).toContain(`  ${file}\n`);
  });

  test("compares strings of the process, longer ones too", async () => {
    const [file, longer] = [join(folder, "same"), join(folder, "same-not")];
    await Promise.all([writeFile(file, ""), writeFile(longer, "")]);
    const expression = `tracepoint:syscalls:sys_enter_openat /same(str(args->filename), "${file}")/ { count(str(args->filename)); }`;
    const { out } = await runWhile(["-e", expression, "--json"], () => void execFileSync("cat", [longer, file, longer]));
    expect(records(out).find(({ type }) => type === "map")?.["entries"]).toEqual([{ key: { filename: file }, value: 1 }]);
  });

  test("the arguments of a raw tracepoint have numbers too", async () => {
    const expression = `tp_btf:sched_process_exec /same(comm, "${own}")/ { emit(arg0 == task, arg1, pid); }`;
    const { out } = await runWhile(["-e", expression, "--json"], execute);
    const { event } = records(out).find(({ type }) => type === "event") as { event: { value: unknown; arg1: number; pid: number } };
    expect(event).toEqual({ value: 1, arg1: event.pid, pid: expect.any(Number) });
  });

  test("reads the arguments of new processes, which are the process's memory", async () => {
    const expression = `tracepoint:syscalls:sys_enter_execve /same(comm, "lbc-parent")/ {
      emit(line = join(args->argv), brief = join(args->argv, 16), second = str(args->argv[1]), pointer = args->argv[3]); }`;
    const work = () => void execFileSync("sh", ["-c", `printf lbc-parent > /proc/self/comm; exec "$0" one "two three"`, join(folder, own)]);
    const { code, out, err } = await runWhile(["-e", expression, "--json"], work);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(records(out).find(({ type }) => type === "event")?.["event"]).toEqual({
      line: `${join(folder, own)} one two three`,
      brief: `${join(folder, own).slice(0, 7)} one`,
      second: "one",
      pointer: "0x0",
    });
  });

  test("says how to read where a clause follows an address of the process", async () => {
    const { code, err } = await lbc(["run", "-e", "tracepoint:syscalls:sys_enter_nanosleep { emit(args->rqtp->tv_sec); }"]);
    expect(code).toBe(2);
    expect(err).toMatch(/ {2}hint: this is an address of the process: str\(\) reads a string there, .*BPF_PROBE_READ_USER/);
    expect(err).not.toMatch(/-e:[2-9]/);
  });

  test("shows events in aligned columns, and tables", async () => {
    const { code, out } = await lbc(["run", "-e", 'BEGIN { emit(word = "four", n = 4ull); count("key"); exit(); }']);
    expect({ code, out }).toEqual({
      code: 0,
      out: 'word         n\nfour         4\n\ncount("key")\n  value  count\n  key        1\n',
    });
  });

  test("a histogram by powers of two has a slot for what is below zero", async () => {
    const { code, out } = await lbc(["run", "-e", "BEGIN { hist(-2); hist(-9223372036854775807, pid); hist(3); exit(); }", "--json"]);
    expect(code).toBe(0);
    const below = { from: null, to: -1, count: 1 };
    const slots = records(out).flatMap(
      (record) => (record["groups"] as { slots: object[] }[] | undefined)?.map((group) => group.slots) ?? [],
    );
    expect(slots).toEqual([
      [below],
      [below],
      [
        { from: 0, to: 1, count: 0 },
        { from: 2, to: 3, count: 1 },
      ],
    ]);
  });

  test("--duration ends it", async () => {
    const { code, out } = await lbc(["run", "-e", "interval:ms:50 { count(); }", "--duration", "300ms", "--json"]);
    expect(code).toBe(0);
    expect(records(out).at(-1)).toEqual({ type: "ended", reason: "duration" });
    expect((records(out)[1] as { entries: { value: number }[] }).entries[0]?.value).toBeGreaterThan(1);
  });

  test("what the compiler refuses is shown at the user's line", async () => {
    const { code, err } = await lbc(["run", "-e", "BEGIN {\n emit(pid);\n no_such_function(pid); }"]);
    expect(code).toBe(2);
    expect(err).toMatch(/^-e:3:2: error: .*no_such_function/);
  });

  test.each([
    ["BEGIN { count(com); }", "use of undeclared identifier 'com'", "count(@com);", "did you mean comm?"],
    ["BEGIN { emit(pid); hist(cpu + nsec, comm); }", "use of undeclared identifier 'nsec'", "cpu + @nsec", "did you mean nsecs?"],
    ["BEGIN /cpu == 0 && pid > cgroups/ { count(); }", "use of undeclared identifier 'cgroups'", "pid > @cgroups/", "did you mean cgroup?"],
    ["BEGIN { count(pid) exit(); }", "expected ';' after do/while statement", "{ @count(pid) exit", undefined],
    ["BEGIN { exit(); }\nEND {\n\tcuont(pid); }", "call to undeclared function 'cuont'", "@cuont(pid)", "did you mean count?"],
  ])("the compiler's words on %j quote it where it is wrong", async (text, message, place, hint) => {
    const { err } = await lbc(["run", "-e", text]);
    const at = text.indexOf(place.replace("@", "")) + place.indexOf("@");
    const lines = text.slice(0, at).split("\n");
    const [column, quoted] = [lines.at(-1) ?? "", text.split("\n")[lines.length - 1]];
    const [words, code, pointer] = err.slice(err.indexOf(`-e:${lines.length}:${column.length + 1}: error: `)).split("\n");
    expect(words).toContain(message.replace("call to undeclared function", ""));
    expect(code).toBe(`    ${lines.length} | ${quoted}`);
    expect(pointer).toBe(`      | ${column.replace(/[^\t]/g, " ")}^`);
    expect(err).not.toMatch(/lbc_|generated/);
    if (hint !== undefined) expect(err).toContain(`  hint: ${hint}\n`);
  });

  test.each([
    ["BEGIN { @[comm] = count(); }", /clauses are C, which has no @ \[bad-one-liner\]\n {2}hint: write it as count\(comm\)\n/],
    ["BEGIN { emit($x); }", /-e:1:14: error: .*\$x(?:.*\n)+ {2}hint: declare variables as C does: u64 x = …;\n$/],
    ['BEGIN /strncmp(comm, "ab", 2)/ { }', /^-e:1:8: error: .*strncmp.*\n.*\n.*\n {2}hint: same\(text, "word"\) compares texts/],
    ["tracepoint:sched:sched_switch { count(arg0); }", / {2}hint: a tracepoint's arguments have names: args->NAME/],
    ["foo:bar { }", /"foo" is no kind of hook \[bad-hook\]/],
    ["hardware:cache-mises { }", /cache-mises is no hardware event \[bad-hook\]\n {2}hint: did you mean cache-misses\?/],
    ["tracepoint:sched { }", /hint: write it as tracepoint:CATEGORY:NAME/],
    ["tracepoint:syscalls:sys_enter_opeat { }", /hint: did you mean syscalls:sys_enter_openat/],
    ["tracepoint:syscalls:sys_enter_openat { emit(args->filenam); }", /has no argument filenam.*\n {2}hint: did you mean filename\?/],
    ["BEGIN { emit(", /has no partner/],
    ["BEGIN { emit(get(starts, tid)); }", /nothing is put into starts/],
    ["uprobe:libc:malloc { }", /libc: there is no such file.*\n {2}hint: .*libc\.so\.6/],
    ["interval:s:1s { }", /is not how interval is written \[bad-hook\]\n {2}hint: write it as interval:s:1/],
    ["BEGIN", /behind BEGIN a \{ is missing.*\n {2}hint: such as: BEGIN \{ count\(comm\); \}/],
    ["int a = 1;", /nothing tells where to hook in/],
  ])("%j is refused with what to write", async (text, message) => {
    const { code, err } = await lbc(["run", "-e", text]);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  test("--print-source gives C that lbc build compiles", async () => {
    const { code, out } = await lbc([
      "run",
      "--print-source",
      "-e",
      "tracepoint:syscalls:sys_exit_read /args->ret > 0/ { hist(args->ret, comm); }",
    ]);
    expect(code).toBe(0);
    const source = join(folder, "printed.bpf.c");
    await writeFile(source, out);
    expect((await lbc(["build", source, "-o", join(folder, "printed.bpf.o")])).err).toBe("");
  });

  test("--list tells what a hook is called with", async () => {
    expect((await lbc(["run", "--list", "tracepoint:syscalls:sys_enter_openat"])).out).toBe(
      "tracepoint:syscalls:sys_enter_openat\n    int dfd\n    const char *filename\n    int flags\n    umode_t mode\n",
    );
    expect((await lbc(["run", "--list", "tracepoint:no_such_*"])).err).toContain("nothing matches");
    expect((await lbc(["run", "--list", "enter_openat"])).err).toContain("hint: * stands for any characters: '*enter_openat*'");
  });
});
