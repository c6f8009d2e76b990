import { type Instruction, insnClass, isHelperCall, isLoad64 } from "../insn/index.ts";
import { type Code, literal } from "./code.ts";
import { type OutputCall, outputCalls, returnsMapValue } from "./helpers.ts";
import { State } from "./state.ts";
import { add, constant, subtract, unknown, type Value } from "./value.ts";

/** One call that sends an event. */
export interface OutputSite {
  readonly stream: OutputCall["stream"];
  readonly map: Value;
  readonly data: Value;
  readonly size: Value;
  /** The constant 0 for calls without flags. */
  readonly flags: Value;
}

/** Visits of a block before nothing is taken as known in its function: far more than programs that a kernel accepts ever need. */
const maxVisitsPerBlock = 200;

/**
 * Every event that a function sends, with what is known of the arguments on all paths: forward data flow over its basic blocks until
 * nothing changes.
 */
export function outputSites(code: Code): OutputSite[] {
  const blocks = basicBlocks(code.instructions);
  const states = new Map<number, State>([[0, State.atEntry()]]);
  const visits = new Map<number, number>();
  const pending = [0];
  for (let start = pending.pop(); start !== undefined; start = pending.pop()) {
    const block = blocks.get(start);
    const before = states.get(start);
    if (block === undefined || before === undefined) continue;
    const visit = (visits.get(start) ?? 0) + 1;
    visits.set(start, visit);
    const after = before.copy();
    if (visit > maxVisitsPerBlock) return everySite(code);
    for (const instruction of block.instructions) step(code, after, instruction);
    for (const next of block.next) {
      const known = states.get(next);
      if (known === undefined) states.set(next, after.copy());
      if (known === undefined || known.meet(after)) pending.push(next);
    }
  }
  const sites: OutputSite[] = [];
  for (const [start, before] of states) {
    const state = before.copy();
    for (const instruction of blocks.get(start)?.instructions ?? []) {
      const site = siteOf(state, instruction);
      if (site !== null) sites.push(site);
      step(code, state, instruction);
    }
  }
  return sites;
}

function everySite(code: Code): OutputSite[] {
  const nothingKnown = State.atEntry();
  return code.instructions.map((instruction) => siteOf(nothingKnown, instruction)).filter((site) => site !== null);
}

interface Block {
  readonly instructions: readonly Instruction[];
  /** Positions of the blocks that may follow. */
  readonly next: readonly number[];
}

/** @see https://docs.kernel.org/bpf/standardization/instruction-set.html#jump-instructions */
const jump = { always: 0x00, call: 0x80, exit: 0x90 } as const;
const operation = (instruction: Instruction): number => instruction.opcode & 0xf0;
const classOf = (instruction: Instruction): number => instruction.opcode & 0x07;
const endOf = (instruction: Instruction): number => instruction.position + (instruction.upperImmediate === null ? 8 : 16);

function isBranch(instruction: Instruction): boolean {
  const jumps = classOf(instruction) === insnClass.jmp || classOf(instruction) === insnClass.jmp32;
  return jumps && operation(instruction) !== jump.call;
}

function successors(instruction: Instruction): number[] {
  if (!isBranch(instruction)) return [endOf(instruction)];
  if (operation(instruction) === jump.exit) return [];
  const always = operation(instruction) === jump.always;
  // The long form of the unconditional jump has its distance in the 32-bit constant.
  const distance = always && classOf(instruction) === insnClass.jmp32 ? instruction.immediate : instruction.offset;
  const target = endOf(instruction) + distance * 8;
  return always ? [target] : [endOf(instruction), target];
}

function basicBlocks(instructions: readonly Instruction[]): Map<number, Block> {
  const leaders = new Set([0, ...instructions.filter(isBranch).flatMap((branch) => [endOf(branch), ...successors(branch)])]);
  const blocks = new Map<number, Block>();
  let current: Instruction[] = [];
  for (const instruction of instructions) {
    current.push(instruction);
    if (!isBranch(instruction) && !leaders.has(endOf(instruction))) continue;
    blocks.set(current[0]?.position ?? 0, { instructions: current, next: successors(instruction) });
    current = [];
  }
  if (current[0] !== undefined) blocks.set(current[0].position, { instructions: current, next: [] });
  return blocks;
}

function siteOf(state: State, instruction: Instruction): OutputSite | null {
  const call = isHelperCall(instruction) ? outputCalls.get(instruction.immediate) : undefined;
  if (call === undefined) return null;
  return {
    stream: call.stream,
    map: state.get(call.map),
    data: call.data === null ? unknown : state.get(call.data),
    size: state.get(call.size),
    flags: call.flags === null ? constant(0) : state.get(call.flags),
  };
}

function step(code: Code, state: State, instruction: Instruction): void {
  const { destination, source } = instruction;
  switch (classOf(instruction)) {
    case insnClass.alu64:
    case insnClass.alu:
      state.set(destination, computed(code, state, instruction));
      return;
    case insnClass.ld:
      if (isLoad64(instruction)) state.set(destination, loaded64(code, instruction));
      else returnFromCall(state, unknown);
      return;
    case insnClass.ldx:
      state.set(destination, accessBytes(instruction) === 8 ? state.load(add(state.get(source), at(code, instruction))) : unknown);
      return;
    case insnClass.st:
      state.store(add(state.get(destination), at(code, instruction)), accessBytes(instruction), operand(code, instruction));
      return;
    case insnClass.stx:
      store(code, state, instruction);
      return;
    default:
      if (operation(instruction) === jump.call) returnFromCall(state, resultOf(state, instruction));
  }
}

const at = (code: Code, instruction: Instruction): Value => (code.isPatched(instruction) ? unknown : constant(instruction.offset));
const operand = (code: Code, instruction: Instruction): Value => (code.isPatched(instruction) ? unknown : constant(instruction.immediate));

/** BPF_W, BPF_H, BPF_B, BPF_DW in the order of their encoding. */
const accessBytes = (instruction: Instruction): number => [4, 2, 1, 8][(instruction.opcode >> 3) & 3] as number;
/** BPF_ATOMIC in the mode bits of a store. */
const isAtomic = (instruction: Instruction): boolean => (instruction.opcode & 0xe0) === 0xc0;

function store(code: Code, state: State, instruction: Instruction): void {
  const pointer = add(state.get(instruction.destination), at(code, instruction));
  state.store(pointer, accessBytes(instruction), isAtomic(instruction) ? unknown : state.get(instruction.source));
  // A fetching operation returns the old value in its source register, a compare-and-exchange in R0.
  if (isAtomic(instruction)) state.set(instruction.source, unknown).set(0, unknown);
}

const alu = { add: 0x00, subtract: 0x10, move: 0xb0 } as const;
const fromRegister = 0x08;

function computed(code: Code, state: State, instruction: Instruction): Value {
  const left = state.get(instruction.destination);
  const right = instruction.opcode & fromRegister ? state.get(instruction.source) : operand(code, instruction);
  if (classOf(instruction) === insnClass.alu) {
    const plainMove = operation(instruction) === alu.move && instruction.offset === 0;
    return plainMove && right.kind === "constant" ? constant(right.value >>> 0) : unknown;
  }
  switch (operation(instruction)) {
    case alu.add:
      return add(left, right);
    case alu.subtract:
      return subtract(left, right);
    case alu.move:
      // With an offset it extends the sign or casts between address spaces.
      return instruction.offset === 0 ? right : unknown;
    default:
      return unknown;
  }
}

function loaded64(code: Code, instruction: Instruction): Value {
  const address = code.address(instruction);
  if (address !== undefined) return address;
  return code.isPatched(instruction) || instruction.source !== 0 ? unknown : literal(instruction);
}

function resultOf(state: State, instruction: Instruction): Value {
  if (!isHelperCall(instruction) || !returnsMapValue.has(instruction.immediate)) return unknown;
  const map = state.get(1);
  return map.kind === "map" ? { kind: "map-value", map: map.map, offset: 0 } : unknown;
}

/** R1 to R5 are the callee's; what it was given a pointer to may have changed. */
function returnFromCall(state: State, result: Value): void {
  state.set(0, result);
  for (let register = 1; register <= 5; register++) state.set(register, unknown);
  state.forgetNumbers();
}
