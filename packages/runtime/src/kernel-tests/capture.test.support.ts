import { Buffer } from "node:buffer";
import { OpenObject } from "../index.ts";
import { linuxSys } from "../sys/linux.ts";
import type { Sys } from "../sys/sys.ts";

/** What a loader hands to bpf(2) for a map. */
export interface CapturedMap {
  readonly map: string;
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly keyType: number;
  readonly valueType: number;
  readonly numaNode: number;
  readonly extra: number;
  /** Of struct_ops: the type of the value in the kernel's BTF. */
  readonly kernelType: number;
  /** Name of the template of a map of maps, or empty. */
  readonly inner: string;
}
/** And for a program; map descriptors in the instructions are zeroed, `maps` has the names in their order. */
export interface CapturedProgram {
  readonly program: string;
  readonly type: number;
  readonly flags: number;
  readonly expectedAttachType: number;
  readonly attachBtfId: number;
  readonly license: string;
  /** The bytes of its `struct bpf_func_info`s and `bpf_line_info`s, in hexadecimal. */
  readonly functions: string;
  readonly lines: string;
  readonly maps: readonly string[];
  readonly instructions: string;
}
/** And for types: the bytes, in hexadecimal. */
export interface CapturedTypes {
  readonly btf: string;
}
export type Captured = CapturedMap | CapturedProgram | CapturedTypes;

const mapCreate = 0;
const mapUpdate = 2;
const programLoad = 5;
const btfLoad = 18;
const perfEventOutput = "/dev/null";

/** The same as `libbpf/capture.c` does for libbpf: maps are made, programs are not. */
export function captureOurs(object: Uint8Array, wanted: ReadonlySet<string>, kernelBtf?: string): Captured[] {
  const captured: Captured[] = [];
  const real = linuxSys();
  const mapNames = new Map<number, string>();
  const pointed = new Map<bigint, Uint8Array>();
  const sys: Sys = {
    ...real,
    address: (buffer) => {
      const address = real.address(buffer);
      pointed.set(address, buffer);
      return address;
    },
    bpf: (command, attr) => {
      if (command === programLoad && attr[48] !== 0 && textAt(attr, 48) !== "probe") {
        captured.push(programOf(attr, mapNames, pointed));
        return real.open(perfEventOutput);
      }
      if (command === btfLoad) captured.push({ btf: Buffer.from(pointed.get(addressIn(attr, 0)) ?? new Uint8Array()).toString("hex") });
      const result = real.bpf(command, attr);
      // Slots for programs do not take stand-ins.
      if (command === mapUpdate) return 0;
      if (command !== mapCreate) return result;
      captured.push(mapOf(attr, mapNames));
      const fd = result < 0 ? real.open(perfEventOutput) : result;
      mapNames.set(fd, textAt(attr, 28));
      return fd;
    },
  };
  const open = OpenObject.open(object, { sys, ...(kernelBtf === undefined ? {} : { kernelBtf }) });
  for (const { name } of open.declared.programs) open.program(name).autoload = wanted.has(name);
  for (const { name } of open.declared.maps) open.map(name).pinPath = null;
  using _loaded = open.load();
  return captured;
}

function textAt(attr: Uint8Array, offset: number): string {
  return (
    Buffer.from(attr.subarray(offset, offset + 16))
      .toString()
      .split("\0", 1)[0] ?? ""
  );
}

function words(attr: Uint8Array): (offset: number) => number {
  const view = new DataView(attr.buffer, attr.byteOffset, attr.byteLength);
  return (offset) => view.getUint32(offset, true);
}

const addressIn = (attr: Uint8Array, offset: number): bigint => new DataView(attr.buffer, attr.byteOffset).getBigUint64(offset, true);

function mapOf(attr: Uint8Array, mapNames: ReadonlyMap<number, string>): CapturedMap {
  const u32 = words(attr);
  return {
    map: textAt(attr, 28),
    type: u32(0),
    keySize: u32(4),
    valueSize: u32(8),
    maxEntries: u32(12),
    flags: u32(16),
    keyType: u32(52),
    valueType: u32(56),
    numaNode: u32(24),
    extra: u32(64) + u32(68) * 2 ** 32,
    kernelType: u32(60),
    inner: u32(20) === 0 ? "" : (mapNames.get(u32(20)) ?? "?"),
  };
}

function programOf(attr: Uint8Array, mapNames: ReadonlyMap<number, string>, pointed: ReadonlyMap<bigint, Uint8Array>): CapturedProgram {
  const u32 = words(attr);
  const at = (offset: number): Uint8Array => pointed.get(addressIn(attr, offset)) ?? new Uint8Array();
  const code = Buffer.from(at(8));
  const maps: string[] = [];
  for (let at = 0; at < code.length; at += code[at] === 0x18 ? 16 : 8) {
    const source = (code[at + 1] ?? 0) >> 4;
    if (code[at] !== 0x18 || (source !== 1 && source !== 2)) continue;
    maps.push(mapNames.get(code.readInt32LE(at + 4)) ?? "");
    code.writeInt32LE(0, at + 4);
  }
  return {
    program: textAt(attr, 48),
    type: u32(0),
    flags: u32(44),
    expectedAttachType: u32(68),
    attachBtfId: u32(108),
    license: Buffer.from(at(16)).toString().split("\0", 1)[0] ?? "",
    functions: Buffer.from(at(80).subarray(0, u32(88) * u32(76))).toString("hex"),
    lines: Buffer.from(at(96).subarray(0, u32(104) * u32(92))).toString("hex"),
    maps,
    instructions: code.toString("hex"),
  };
}
