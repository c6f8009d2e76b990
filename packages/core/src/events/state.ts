import { join, sameValue, unknown, type Value } from "./value.ts";

/** R10, the end of the function's own stack frame. */
export const framePointer = 10;
const registerCount = 11;
const slotBytes = 8;
/** MAX_BPF_STACK in bytes. @see include/linux/filter.h */
const stackBytes = 512;

/** Registers and spilled values at one place of a function. */
export class State {
  readonly #registers: Value[];
  /** Whole 8-byte slots by their offset from the frame pointer; a slot that is not there is unknown. */
  readonly #slots: Map<number, Value>;

  private constructor(registers: Value[], slots: Map<number, Value>) {
    this.#registers = registers;
    this.#slots = slots;
  }

  /** Nothing is known of the arguments of a function. */
  static atEntry(): State {
    return State.#withAll(unknown).set(framePointer, { kind: "stack", offset: 0 });
  }

  static #withAll(value: Value): State {
    return new State(new Array<Value>(registerCount).fill(value), new Map());
  }

  copy(): State {
    return new State([...this.#registers], new Map(this.#slots));
  }

  get(register: number): Value {
    return this.#registers[register] ?? unknown;
  }

  set(register: number, value: Value): this {
    if (register < registerCount) this.#registers[register] = value;
    return this;
  }

  /** An 8-byte load. */
  load(pointer: Value): Value {
    if (pointer.kind !== "stack" || pointer.offset === null) return unknown;
    return this.#slots.get(pointer.offset) ?? unknown;
  }

  store(pointer: Value, bytes: number, value: Value): void {
    if (pointer.kind === "unknown" || (pointer.kind === "stack" && pointer.offset === null)) {
      this.forgetNumbers();
      return;
    }
    if (pointer.kind !== "stack" || pointer.offset === null || pointer.offset < -stackBytes || pointer.offset >= 0) return;
    const first = Math.floor(pointer.offset / slotBytes) * slotBytes;
    for (let slot = first; slot < pointer.offset + bytes; slot += slotBytes) this.#slots.delete(slot);
    if (bytes === slotBytes && first === pointer.offset && value.kind !== "unknown") this.#slots.set(first, value);
  }

  /**
   * Something may have written to the stack. A spilled pointer needs no care: where it was overwritten, the verifier refuses a program
   * that takes what it loads from there as a pointer.
   */
  forgetNumbers(): void {
    for (const [slot, value] of this.#slots) if (value.kind === "constant") this.#slots.delete(slot);
  }

  /** Keeps what this state and another agree on; true where it lost something. */
  meet(other: State): boolean {
    let changed = false;
    for (const [register, value] of this.#registers.entries()) {
      const joined = join(value, other.get(register));
      if (sameValue(joined, value)) continue;
      this.#registers[register] = joined;
      changed = true;
    }
    for (const [slot, value] of this.#slots) {
      const joined = join(value, other.#slots.get(slot) ?? unknown);
      if (sameValue(joined, value)) continue;
      if (joined.kind === "unknown") this.#slots.delete(slot);
      else this.#slots.set(slot, joined);
      changed = true;
    }
    return changed;
  }
}
