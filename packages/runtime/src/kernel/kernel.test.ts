import { constants } from "node:os";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { FakeSys } from "../sys/fake.test.support.ts";
import { onlineCpus, parseCpuList, possibleCpus } from "./cpus.ts";
import { parseKconfig, readKconfig } from "./kconfig.ts";
import { Kernel } from "./kernel.ts";
import { kernelVersion } from "./version.ts";

describe("the kernel's version", () => {
  test.each([
    ["the release", { release: "6.18.44-fc" }, 0x06122c],
    ["a release without a patch level", { release: "6.1" }, 0x060100],
    ["a patch level above 255", { release: "5.10.300" }, 0x050aff],
    [
      "Debian's own words",
      {
        release: "6.1.0-50-amd64",
        files: { "/proc/version": "Linux version 6.1.0-50-amd64 (x@y) (gcc-12 (Debian 12.2.0-14) 12.2.0) #1 SMP Debian 6.1.170-1 (2026)" },
      },
      0x0601aa,
    ],
    [
      "Ubuntu's signature",
      { release: "5.15.0-76-generic", files: { "/proc/version_signature": "Ubuntu 5.15.0-76.83-generic 5.15.99\n" } },
      0x050f63,
    ],
  ])("is read from %s", (_, system, version) => {
    expect(kernelVersion(new FakeSys(system))).toBe(version);
  });
});

describe("the kernel's configuration", () => {
  test("has the values as .config spells them", () => {
    const options = parseKconfig('# CONFIG_A is not set\nCONFIG_BPF=y\nCONFIG_HZ=250\nCONFIG_NAME="x=y"\n');
    expect([...options]).toEqual([
      ["CONFIG_BPF", "y"],
      ["CONFIG_HZ", "250"],
      ["CONFIG_NAME", '"x=y"'],
    ]);
  });

  test("is read from /boot, else from /proc, else it is not known", () => {
    const boot = { "/boot/config-6.1": "CONFIG_A=y" };
    const proc = { "/proc/config.gz": gzipSync("CONFIG_B=y") };
    expect(readKconfig(new FakeSys({ release: "6.1", files: { ...boot, ...proc } }))).toBe("CONFIG_A=y");
    expect(readKconfig(new FakeSys({ release: "6.1", files: proc }))).toBe("CONFIG_B=y");
    expect(readKconfig(new FakeSys({ release: "6.1" }))).toBeNull();
    expect(() => new Kernel(new FakeSys({ release: "6.1" })).configOption("CONFIG_A")).toThrow(
      expect.objectContaining({ code: "unsupported", hint: expect.stringContaining("/boot/config-6.1") }),
    );
  });
});

describe("CPUs", () => {
  test.each([
    ["0", [0]],
    ["0-3\n", [0, 1, 2, 3]],
    ["0-1,4,6-7", [0, 1, 4, 6, 7]],
  ])("%j are listed", (text, cpus) => {
    expect(parseCpuList(text)).toEqual(cpus);
  });

  test("a per-CPU map has a value for every CPU up to the highest one", () => {
    const sys = new FakeSys({ files: { "/sys/devices/system/cpu/possible": "0-1,8", "/sys/devices/system/cpu/online": "0,8" } });
    expect(possibleCpus(sys)).toBe(9);
    expect(onlineCpus(sys)).toEqual([0, 8]);
  });
});

describe("symbols", () => {
  const kallsyms =
    "ffffffff81000000 T _text\nffffffff81000010 t helper\nffffffff81000020 t helper\n" +
    "ffffffff81000030 T twice\nffffffff81000030 t twice\n0000000000000000 T hidden\n0000000000000000 t hidden\n";
  const kernel = new Kernel(new FakeSys({ files: { "/proc/kallsyms": kallsyms } }));

  test("have one address, however often it is listed", () => {
    expect(kernel.symbolAddress("_text")).toBe(0xffffffff81000000n);
    expect(kernel.symbolAddress("twice")).toBe(0xffffffff81000030n);
    expect(kernel.symbolAddress("none")).toBeUndefined();
  });

  test("of one name with several addresses are refused: one of them would be wrong", () => {
    expect(kernel.hasSymbol("helper")).toBe(true);
    expect(() => kernel.symbolAddress("helper")).toThrow(
      expect.objectContaining({ code: "unresolved-extern", message: expect.stringContaining("several"), place: { type: "helper" } }),
    );
  });

  test("whose addresses the kernel hides need a privilege", () => {
    expect(kernel.hasSymbol("hidden")).toBe(true);
    expect(() => kernel.symbolAddress("hidden")).toThrow(expect.objectContaining({ code: "no-permission" }));
  });
});

test("a kernel without type information is an error that says what to do", () => {
  expect(() => new Kernel(new FakeSys({})).btf).toThrow(expect.objectContaining({ code: "no-kernel-btf", since: "5.4" }));
});

test("a kernel before 5.11, which does not know of names of type information, has no modules with it", () => {
  const nextId = 23;
  const objectInfo = 15;
  const sys = new FakeSys({
    bpf: (command, attr) => {
      if (command === objectInfo) return -constants.errno.E2BIG;
      if (command !== nextId) return undefined;
      const id = attr.getUint32(0, true);
      attr.setUint32(4, id + 1, true);
      return id < 3 ? 0 : -constants.errno.ENOENT;
    },
  });
  expect(new Kernel(sys).modules).toEqual([]);
  expect(sys.openFds.size).toBe(0);
});
