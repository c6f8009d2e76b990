import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AttachKind, BpfObject, MapDefinition, Program } from "@lbc/core/object";
import { afterAll, beforeAll, expect, test } from "vitest";
import { command } from "../bpf/commands.ts";
import { MapHandle } from "../maps/map-handle.ts";
import { errno } from "../sys/errno.ts";
import { FakeSys } from "../sys/fake.test.support.ts";
import { attachUsdt } from "./usdt.ts";
import { usdtSpecsOf } from "./usdt-specs.ts";
import { arguments16, usdtTypes } from "./usdt-types.test.support.ts";

/** Three places of one probe, of which two have their argument in the same place: constants, which are the same on every machine but x86. */
const sign = process.arch === "x64" ? "$" : "";
const site = (number: number, argument: string): string => `
  .section .text.sold, "ax"\nplace${number}: .8byte 0\n.section .note.stapsdt, "", "note"\n.balign 4
  .4byte 8, end${number} - note${number}, 3\n.asciz "stapsdt"
  note${number}: .8byte place${number}, 0, 0\n.asciz "shop"\n.asciz "sold"\n.asciz "${argument}"\nend${number}: .balign 4\n`;
const source = ["8@7", "8@8", "8@7"].map((argument, index) => site(index + 1, argument.replace("@", `@${sign}`))).join("");
let folder: string;

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "lbc-usdt-")));
  writeFileSync(join(folder, "shop.S"), `.globl _start\n.text\n_start: .8byte 0\n${source}`);
  for (const kind of ["-no-pie", "-shared"]) {
    execFileSync("cc", ["-nostdlib", "-static", kind, "-o", join(folder, `shop${kind}`), join(folder, "shop.S")]);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const declared = { kind: "usdt", path: null, provider: "shop", name: "sold" } as const satisfies AttachKind;
const at = { sectionIndex: 1, offset: 0, size: 16, attachType: null, autoload: true, sleepable: false, frags: false, btfId: null };
const program: Program = { ...at, name: "on_sold", section: "usdt", type: "kprobe", attach: declared };

/** What is written to the maps, as "map key=value". */
function attach(
  file: string,
  options: { readonly cookies: boolean; readonly maxEntries?: number; readonly maps?: string; readonly pid?: number },
) {
  const path = join(folder, file);
  const done: string[] = [];
  const cookies: bigint[] = [];
  const sys: FakeSys = new FakeSys({
    files: {
      [path]: readFileSync(path),
      "/sys/bus/event_source/devices/uprobe/type": "9\n",
      "/sys/bus/event_source/devices/uprobe/format/retprobe": "config:0\n",
      ...(options.maps === undefined ? {} : { "/proc/42/maps": options.maps.replace("FILE", path) }),
    },
    bpf: (asked, attr) => {
      if (asked === command.mapUpdate || asked === command.mapDelete) {
        const key = sys.at(attr.getBigUint64(8, true));
        done.push(`${asked === command.mapUpdate ? "update" : "delete"} ${Buffer.from(key).toString("hex")}`);
      }
      if (asked !== command.linkCreate) return undefined;
      if (!options.cookies) return -errno.EINVAL;
      if (attr.getUint32(4, true) === 0xffff_ffff) return -errno.EBADF;
      cookies.push(attr.getBigUint64(16, true));
      return undefined;
    },
  });
  const { btf, value } = usdtTypes(arguments16);
  const object = { btf, maps: [{ name: "__bpf_usdt_specs", value } as MapDefinition] } as Partial<BpfObject> as BpfObject;
  const { maxEntries = 4 } = options;
  const maps = [
    MapHandle.create({ type: "array", name: "__bpf_usdt_specs", valueSize: 208, maxEntries }, sys),
    MapHandle.create({ type: "hash", name: "__bpf_usdt_ip_to_spec_id", keySize: 8, valueSize: 4, maxEntries }, sys),
  ];
  const usdtSpecs = usdtSpecsOf(object, new Map(maps.map((map) => [map.name, map])));
  const target = { path, ...(options.pid === undefined ? {} : { pid: options.pid }) };
  return { sys, done, cookies, attach: () => attachUsdt({ sys, program, fd: 7, usdtSpecs }, declared, target) };
}

test("places that have their arguments alike share a specification, whose number is the cookie", () => {
  const { attach: run, cookies, done, sys } = attach("shop-shared", { cookies: true, maxEntries: 2 });
  const before = sys.openFds.size;
  run().detach();
  expect(cookies).toEqual([0n, 1n, 0n]);
  expect(done).toEqual(["update 00000000", "update 01000000"]);
  expect(sys.openFds.size).toBe(before);
});

test("specifications are free again after an attachment that failed", () => {
  const { attach: run, sys } = attach("shop-shared", { cookies: true, maxEntries: 1 });
  const before = sys.openFds.size;
  expect(run).toThrow(expect.objectContaining({ code: "map-full" }));
  expect(run).toThrow(expect.objectContaining({ code: "map-full" }));
  expect(sys.openFds.size).toBe(before);
});

test("without cookies programs know the place by its address, which is taken away again", () => {
  const { attach: run, done } = attach("shop-no-pie", { cookies: false });
  run().detach();
  const addresses = done.filter((line) => line.length > "update ".length + 8).map((line) => line.split(" "));
  expect(addresses.map(([what]) => what)).toEqual(["update", "update", "update", "delete", "delete", "delete"]);
  const [first, , third] = addresses.map(([, address = ""]) => Buffer.from(address, "hex").readBigUInt64LE());
  expect((third ?? 0n) - (first ?? 0n)).toBe(16n);
  expect(addresses.slice(3).map(([, address]) => address)).toEqual(
    addresses
      .slice(0, 3)
      .map(([, address]) => address)
      .reverse(),
  );
});

test("without cookies an address is looked up in the memory of the one process", () => {
  const maps = "7f0000000000-7f0000100000 r-xp 00000000 08:01 12 FILE\n";
  const { attach: run, done } = attach("shop-shared", { cookies: false, maps, pid: 42 });
  run();
  expect(done.filter((line) => line.endsWith("007f0000"))).toHaveLength(3);
});

test("without cookies a library of every process, or of one that has not mapped it, is refused", () => {
  expect(attach("shop-shared", { cookies: false }).attach).toThrow(
    expect.objectContaining({ code: "unsupported", since: "5.15", hint: expect.stringContaining("pid") }),
  );
  expect(attach("shop-shared", { cookies: false, maps: "", pid: 42 }).attach).toThrow(
    expect.objectContaining({ code: "no-such-target", message: expect.stringContaining("42") }),
  );
});
