import { describe, expect, test } from "vitest";
import { foldVerifierLog, type SourcePlace, verifierReportText } from "./verifier-log.ts";

const place = (line: number, text: string): SourcePlace => ({ file: "/src/a.bpf.c", line, column: 1, text });
/** Two instructions a line. */
const sourceOf = (instruction: number): SourcePlace => place(10 + Math.floor(instruction / 2), `line ${10 + Math.floor(instruction / 2)};`);

/** As Linux 6.9 and later print it: states behind instructions, remarks with file and line. */
const newLog = `0: R1=ctx() R10=fp0
; u32 key = 1; @ a.bpf.c:10
0: (b7) r1 = 1                        ; R1=1
1: (63) *(u32 *)(r10 -4) = r1         ; R1=1 R10=fp0 fp-8=mmmm????
2: (15) if r1 == 0x0 goto pc+3        ; R1=1
3: (85) call bpf_map_lookup_elem#1    ; R0=map_value_or_null(id=1,map=counts,ks=4,vs=8)
4: (79) r1 = *(u64 *)(r0 +0)
R0 invalid mem access 'map_value_or_null'
processed 5 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0`;

/** As Linux 5.10 prints it: a state before the next instruction, remarks without a place. */
const oldLog = `Unrecognized arg#0 type PTR
; count = bpf_map_lookup_elem(&counts, &key);
0: (18) r1 = 0xffff9c8a01b3fc00
2: (85) call bpf_map_lookup_elem#1
3: R0_w=map_value_or_null(id=1,off=0,ks=4,vs=8,imm=0) R10=fp0 fp-8=mmmm????
; *count += 1;
3: (79) r1 = *(u64 *)(r0 +0)
R0 invalid mem access 'map_value_or_null'
processed 4 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0`;

describe("a log is folded to", () => {
  const report = foldVerifierLog(newLog, sourceOf);

  test("the reason, with what it means", () => {
    expect(report.reason).toBe("R0 invalid mem access 'map_value_or_null'");
    expect(report.hint).toContain("NULL");
  });

  test("the refused instruction and its line", () => {
    expect(report.instruction).toEqual({ at: 4, text: "r1 = *(u64 *)(r0 +0)" });
    expect(report.source).toEqual(place(12, "line 12;"));
  });

  test("the registers that the reason names, and the line that made them what they are", () => {
    expect(report.registers).toEqual([{ name: "R0", value: "map_value_or_null(id=1,map=counts,ks=4,vs=8)", from: place(11, "line 11;") }]);
  });

  test("the lines on the way, each once in a row", () => {
    expect(report.path.map(({ line }) => line)).toEqual([10, 11, 12]);
  });
});

test("the log of an older kernel is read as well, and its remarks take the place of line information", () => {
  const report = foldVerifierLog(oldLog, () => null);
  expect(report.reason).toBe("R0 invalid mem access 'map_value_or_null'");
  expect(report.source?.text).toBe("*count += 1;");
  expect(report.registers[0]).toMatchObject({
    value: "map_value_or_null(id=1,off=0,ks=4,vs=8,imm=0)",
    from: { text: "count = bpf_map_lookup_elem(&counts, &key);" },
  });
});

test("a branch that was put off goes on where it began, not where the log was", () => {
  const log = `0: (15) if r1 == 0x0 goto pc+4        ; R1=1
1: (b7) r2 = 1                        ; R2=1
2: (95) exit
from 0 to 5: R1=0 R10=fp0
5: (79) r3 = *(u64 *)(r1 +0)
R1 invalid mem access 'scalar'
processed 4 insns`;
  const report = foldVerifierLog(log, sourceOf);
  expect(report.path.map(({ line }) => line)).toEqual([10, 12]);
  expect(report.registers).toEqual([{ name: "R1", value: "0", from: place(10, "line 10;") }]);
});

test("several lines of reason are kept together, without the states that follow them", () => {
  const log = `0: (05) goto pc-1
infinite loop detected at insn 0
cur state: R1=ctx() R10=fp0
old state: R1=ctx() R10=fp0
processed 2 insns`;
  expect(foldVerifierLog(log, sourceOf).reason).toBe("infinite loop detected at insn 0");
  expect(foldVerifierLog("invalid access to packet\nR1 offset is outside of the packet", sourceOf)).toMatchObject({
    reason: "invalid access to packet; R1 offset is outside of the packet",
    instruction: null,
    source: null,
    path: [],
  });
});

test.each(["", "\n\n", "0:", "from 7 to 9: ", "((((((", `${"R1=(".repeat(5000)}`, "R1=x ".repeat(10_000)])(
  "text that is no log gives a report",
  (log) => {
    expect(foldVerifierLog(log, () => null).instruction).toBeNull();
  },
);

test("the report is printed with the reason first and the nearest lines of the way", () => {
  const way = Array.from({ length: 20 }, (_, at) => `${at}: (b7) r1 = ${at} ; R1=${at}`).join("\n");
  const text = verifierReportText(foldVerifierLog(`${way}\nR1 is wrong`, sourceOf));
  expect(text.split("\n")).toEqual([
    "R1 is wrong",
    "  at a.bpf.c:19: line 19;",
    "     instruction 19: r1 = 19",
    "  R1 is 19, from a.bpf.c:19: line 19;",
    "  the way there:",
    "     3 more lines",
    ...[13, 14, 15, 16, 17, 18].map((line) => `     a.bpf.c:${line}: line ${line};`),
  ]);
  expect(verifierReportText(foldVerifierLog("", sourceOf))).toBe("the verifier gave no reason");
});
