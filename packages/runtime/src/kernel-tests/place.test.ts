import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { attachTypes } from "@lbc/core/object";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Attr } from "../bpf/attr.ts";
import type { LoadedObject, Neighbour, Place, Program } from "../index.ts";
import { linuxSys } from "../sys/linux.ts";
import { openFixture } from "./fixtures.test.support.ts";
import { kernelBefore, skipFor } from "./needs.test.support.ts";

const device = `lbc${process.pid}`;
const objects: LoadedObject[] = [];

beforeEach(({ skip }) => {
  skipFor(skip, kernelBefore("6.6"));
  execFileSync("/sbin/ip", ["link", "add", device, "type", "veth"]);
});
afterEach(() => {
  for (const object of objects.splice(0)) object.close();
  if (existsSync(`/sys/class/net/${device}`)) execFileSync("/sbin/ip", ["link", "del", device]);
});

function tcx(): Program<"tcx"> {
  const open = openFixture("links");
  open.program("on_tcx").autoload = true;
  const loaded = open.load();
  objects.push(loaded);
  return loaded.program<"tcx">("on_tcx");
}

/** BPF_PROG_QUERY: the numbers of the programs in the order in which they run, and the hook's revision. */
function queried(): { readonly programs: readonly number[]; readonly revision: bigint } {
  const sys = linuxSys();
  const ids = new Uint32Array(8);
  const attr = new Attr(sys, 64).u32(0, sys.interfaceIndex(device)).u32(4, attachTypes.indexOf("tcx_ingress"));
  attr.pointer(16, new Uint8Array(ids.buffer)).u32(24, ids.length);
  expect(sys.bpf(16, attr.bytes)).toBe(0);
  return { programs: [...ids.subarray(0, attr.getU32(24))], revision: attr.getU64(56) };
}

const attached = (
  place: Place = {},
): { readonly id: number; readonly program: Program<"tcx">; readonly linkId: number; readonly fd: number | null } => {
  const program = tcx();
  const link = program.attach({ interface: device, ...place });
  return { id: link.info.programId, program, linkId: link.info.id, fd: link.fd };
};

test("programs at one hook run in the order that was asked for", () => {
  const first = attached();
  const last = attached();
  const neighbours: readonly Neighbour[] = [{ link: last }, { program: last.program }, { linkId: last.linkId }, { programId: last.id }];
  const between = neighbours.map((before) => attached({ before }).id);
  const front = attached({ before: "all" });
  const second = attached({ after: { program: front.program } });
  expect(queried().programs).toEqual([front.id, second.id, first.id, ...between, last.id]);
});

test("a place is refused once the hook has changed, or where the neighbour is not at the hook", () => {
  attached();
  const expectedRevision = queried().revision;
  attached({ expectedRevision });
  const code = "attach-failed";
  expect(() => attached({ expectedRevision })).toThrow(expect.objectContaining({ code, errno: "ESTALE" }));
  expect(() => attached({ before: { program: tcx() } })).toThrow(expect.objectContaining({ code, errno: "ENOENT" }));
});
