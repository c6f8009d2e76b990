/** BPF_PSEUDO_*: what the source register of a call or a 64-bit constant says about the number. @see include/uapi/linux/bpf.h */
export const pseudo = { call: 1, kfunc: 2, mapFd: 1, mapValue: 2, btfId: 3, function: 4 } as const;

/** BPF_JMP | BPF_CALL */
const callOpcode = 0x85;

export const isCall = (opcode: number): boolean => opcode === callOpcode;
export const isLoad64 = (opcode: number): boolean => opcode === 0x18;

/** Instructions as an array of 8-byte slots that are read and patched in place. */
export class Code {
  readonly bytes: Uint8Array;
  /** In slots. */
  readonly length: number;
  readonly #view: DataView;
  readonly #little: boolean;

  constructor(bytes: Uint8Array, endianness: "little" | "big") {
    this.bytes = bytes;
    this.length = bytes.length / 8;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = endianness === "little";
  }

  opcode(at: number): number {
    return this.#view.getUint8(at * 8);
  }

  source(at: number): number {
    const registers = this.#view.getUint8(at * 8 + 1);
    return this.#little ? registers >> 4 : registers & 0xf;
  }

  setSource(at: number, source: number): void {
    const registers = this.#view.getUint8(at * 8 + 1);
    this.#view.setUint8(at * 8 + 1, this.#little ? (registers & 0xf) | (source << 4) : (registers & 0xf0) | source);
  }

  /** Makes the slot a call of a helper. */
  setCall(at: number, helper: number): void {
    this.bytes.set([callOpcode, 0, 0, 0], at * 8);
    this.setImmediate(at, helper);
  }

  setOffset(at: number, offset: number): void {
    this.#view.setInt16(at * 8 + 2, offset, this.#little);
  }

  immediate(at: number): number {
    return this.#view.getInt32(at * 8 + 4, this.#little);
  }

  setImmediate(at: number, value: number): void {
    this.#view.setInt32(at * 8 + 4, value, this.#little);
  }

  /** Of a load of a 64-bit constant, which takes two slots. */
  setImmediate64(at: number, value: bigint): void {
    this.setImmediate(at, Number(BigInt.asIntN(32, value)));
    this.setImmediate(at + 1, Number(BigInt.asIntN(32, value >> 32n)));
  }
}
