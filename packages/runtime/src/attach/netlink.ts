import { viewOf } from "../elf-image/index.ts";
import { errno } from "../sys/errno.ts";
import type { Sys } from "../sys/sys.ts";

/** `struct nlmsghdr`. @see https://docs.kernel.org/userspace-api/netlink/intro.html */
const headerSize = 16;
const acknowledgement = 2;
/** NLM_F_REQUEST and NLM_F_ACK. */
const always = 1 | 4;
export const netlinkFlag = { echo: 8, exclusive: 0x200, create: 0x400 } as const;

export type Attribute = readonly [type: number, value: number | string | readonly Attribute[]];

/** One request to the routing tables: 0 or the negative errno, and the message that the kernel echoed, if it was asked to. */
export function request(
  sys: Sys,
  type: number,
  flags: number,
  family: Uint8Array,
  attributes: readonly Attribute[],
): { readonly result: number; readonly echo: DataView | null } {
  const body = concatenate([family, ...attributes.map((attribute) => encodeAttribute(sys, attribute))]);
  const header = new DataView(new ArrayBuffer(headerSize));
  const little = sys.endianness === "little";
  header.setUint32(0, headerSize + body.length, little);
  header.setUint16(4, type, little);
  header.setUint16(6, flags | always, little);
  const answer = sys.askRouting(concatenate([new Uint8Array(header.buffer), body]));
  return typeof answer === "number" ? { result: answer, echo: null } : readAnswer(answer, little);
}

/** The kernel's echo, if any, comes before the acknowledgement. */
function readAnswer(answer: Uint8Array, little: boolean): { readonly result: number; readonly echo: DataView | null } {
  const view = viewOf(answer);
  let echo: DataView | null = null;
  for (let at = 0; at + headerSize <= answer.length; ) {
    const length = view.getUint32(at, little);
    if (length < headerSize || at + length > answer.length) break;
    const body = viewOf(answer.subarray(at + headerSize, at + length));
    if (view.getUint16(at + 4, little) === acknowledgement) return { result: body.getInt32(0, little), echo };
    echo = body;
    at += (length + 3) & ~3;
  }
  // An echo that came alone says that it was done.
  return { result: echo === null ? -errno.EINVAL : 0, echo };
}

/** `struct nlattr`: length, type, value, filled up to 4 bytes. */
function encodeAttribute(sys: Sys, [type, value]: Attribute): Uint8Array {
  const little = sys.endianness === "little";
  const payload =
    typeof value === "string"
      ? new TextEncoder().encode(`${value}\0`)
      : typeof value === "number"
        ? new Uint8Array(Uint32Array.of(value).buffer)
        : concatenate(value.map((inner) => encodeAttribute(sys, inner)));
  const bytes = new Uint8Array((4 + payload.length + 3) & ~3);
  const view = viewOf(bytes);
  view.setUint16(0, 4 + payload.length, little);
  view.setUint16(2, type, little);
  bytes.set(payload, 4);
  return bytes;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
