import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LoadedObject } from "../index.ts";
import { openFixture } from "./fixtures.test.support.ts";
import { kernelBefore, skipFor, trampolinesMissing } from "./needs.test.support.ts";

const known = (): string[] => readFileSync("/proc/sys/net/ipv4/tcp_available_congestion_control", "utf8").trim().split(" ");

/** A connection to ourselves that uses a congestion control; the exit code of its client. */
function connect(control: string): number {
  const script = `
import socket
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"${control}")
client.sendall(b"hello")
assert server.accept()[0].recv(5) == b"hello"`;
  return spawnSync("python3", ["-c", script], { stdio: "inherit" }).status ?? -1;
}

describe("operations of the kernel that programs implement (struct_ops)", () => {
  let loaded: LoadedObject;
  beforeEach(({ skip }) => {
    skipFor(skip, trampolinesMissing());
  });
  afterEach(() => loaded?.close());

  // parity: programs.struct-ops
  test("are registered by the object's attach(), are used by sockets, and end with their link", () => {
    loaded = openFixture("operations").load();
    loaded.attach();
    expect(known()).toContain("lbc_plain");
    expect(connect("lbc_plain")).toBe(0);
    expect(loaded.section(".bss").view.getBigUint64(0, true)).toBe(1n);
    loaded.attach();
    expect(loaded.links.length).toBe(1);
    loaded.links[0]?.close();
    expect(known()).not.toContain("lbc_plain");
  });

  test("take the plain members that were set before load", () => {
    const open = openFixture("operations");
    const at = Buffer.from(open.structOps("lbc_plain").view.buffer).indexOf("lbc_plain");
    new Uint8Array(open.structOps("lbc_plain").view.buffer).set(Buffer.from("lbc_other"), at);
    open.structOps("lbc_plain").autoattach = false;
    loaded = open.load();
    loaded.attach();
    expect(known()).not.toContain("lbc_other");
    using _link = loaded.structOps("lbc_plain").attach();
    expect(known()).toContain("lbc_other");
    expect(() => open.structOps("lbc_plain").view).toThrow(expect.objectContaining({ code: "already-loaded" }));
  });

  test("have links on newer kernels", ({ skip }) => {
    skipFor(skip, kernelBefore("6.4"));
    const open = openFixture("operations");
    open.structOps("lbc_plain").autoload = false;
    open.structOps("lbc_linked").autoload = true;
    loaded = open.load();
    const link = loaded.structOps("lbc_linked").attach();
    expect(link.info.type).toBe("struct_ops");
    expect(known()).toContain("lbc_linked");
    link.close();
    expect(known()).not.toContain("lbc_linked");
    loaded.attach();
    expect(known()).toContain("lbc_linked");
  });
});

// parity: programs.sched-ext
test("a scheduler takes over while its link is there", async ({ skip }) => {
  skipFor(skip, existsSync("/sys/kernel/sched_ext") ? trampolinesMissing() : "this kernel was built without sched_ext");
  const state = (): string => readFileSync("/sys/kernel/sched_ext/state", "utf8").trim();
  const open = openFixture("operations");
  open.structOps("lbc_plain").autoload = false;
  open.structOps("lbc_scheduler").autoload = true;
  using loaded = open.load();
  const link = loaded.structOps("lbc_scheduler").attach();
  expect(state()).toBe("enabled");
  expect(loaded.section(".bss").view.getBigUint64(0, true)).toBe(1n);
  link.close();
  for (let wait = 0; wait < 100 && state() !== "disabled"; wait++) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(state()).toBe("disabled");
});

test("operations that load() left out say so, and attach() leaves them out too", () => {
  const open = openFixture("operations");
  open.structOps("lbc_plain").autoload = false;
  using loaded = open.load();
  loaded.attach();
  expect(loaded.links).toEqual([]);
  expect(() => loaded.structOps("lbc_plain").attach()).toThrow(expect.objectContaining({ code: "not-loaded" }));
});

test("operations that are not there are refused by name", () => {
  expect(() => openFixture("operations").structOps("none")).toThrow(
    expect.objectContaining({ code: "no-such-map", hint: "it has lbc_plain, lbc_linked, lbc_scheduler" }),
  );
});
