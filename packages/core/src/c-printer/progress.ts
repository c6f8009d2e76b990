import type { BtfId } from "../btf/index.ts";

/** How far the header is with each type. */
export const untouched = 0;
export const begun = 1;
export const done = 2;

/** By id. */
export class Progress {
  /** `done`: the name is known, as far as a pointer to the type needs. */
  readonly declared: Uint8Array;
  /** `done`: the type is complete, and another one can hold it by value. */
  readonly defined: Uint8Array;

  constructor(length: BtfId) {
    this.declared = new Uint8Array(length);
    this.defined = new Uint8Array(length);
  }
}
