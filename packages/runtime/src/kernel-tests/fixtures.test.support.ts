import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Codec, OpenObject, type OpenOptions, readText, writeText } from "../index.ts";

/** Where set-up puts what it compiles of packages/conformance/fixtures/kernel. */
const folder = process.env["LBC_FIXTURES"] ?? fileURLToPath(new URL("../../../../.lbc/fixtures", import.meta.url));

export type Fixture =
  | "maps"
  | "attach"
  | "probes"
  | "refused"
  | "emit"
  | "kinds"
  | "kinds_5_10"
  | "links"
  | "arena"
  | "operations"
  | "hooks"
  | "statics"
  | "helpers"
  | "externs"
  | "idioms"
  | "relocations";

/** The bytes of one of the objects that all runtimes are tested with. */
export function fixtureBytes(name: Fixture): Uint8Array {
  return readFileSync(`${folder}/${name}.bpf.o`);
}

export function openFixture(name: Fixture, options: OpenOptions = {}): OpenObject {
  return OpenObject.open(fixtureBytes(name), { name, ...options });
}

/** Network programs take a packet with an Ethernet header at least. */
export const packet = new Uint8Array(64);

export interface FlowKey {
  readonly id: number;
  readonly port: number;
}
export const flowKey: Codec<FlowKey> = {
  size: 8,
  decode: (view, offset) => ({ id: view.getUint32(offset, true), port: view.getUint16(offset + 4, true) }),
  encode: ({ id, port }, view, offset) => {
    view.setUint32(offset, id, true);
    view.setUint16(offset + 4, port, true);
  },
};

export interface Flow {
  readonly count: bigint;
  readonly delta: number;
  readonly color: number;
  readonly name: string;
}
export const flow: Codec<Flow> = {
  size: 24,
  decode: (view, offset) => ({
    count: view.getBigUint64(offset, true),
    delta: view.getInt32(offset + 8, true),
    color: view.getInt32(offset + 12, true),
    name: readText(view, offset + 16, 8),
  }),
  encode: ({ count, delta, color, name }, view, offset) => {
    view.setBigUint64(offset, count, true);
    view.setInt32(offset + 8, delta, true);
    view.setInt32(offset + 12, color, true);
    writeText(name, view, offset + 16, 8);
  },
};

/** The members that tests look at. */
export interface Measurement {
  readonly seq: number;
  readonly color: number;
  readonly comm: string;
}
export const measurement: Codec<Measurement> = {
  size: 40,
  decode: (view, offset) => ({
    seq: Number(view.getBigUint64(offset, true)),
    color: view.getInt32(offset + 20, true),
    comm: readText(view, offset + 24, 16),
  }),
  encode: () => {
    throw new TypeError("measurements are read only");
  },
};

export interface Hit {
  readonly hook: number;
  readonly pid: number;
  readonly value: bigint;
}
export const hit: Codec<Hit> = {
  size: 16,
  decode: (view, offset) => ({
    hook: view.getUint32(offset, true),
    pid: view.getUint32(offset + 4, true),
    value: view.getBigInt64(offset + 8, true),
  }),
  encode: () => {
    throw new TypeError("hits are read only");
  },
};
