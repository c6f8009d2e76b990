import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ElfFunctions } from "./elf-functions.ts";

/** Two versions of one function, and a function without others of its name. */
const source = `
  __asm__(".symver first, wait@SHOP_1.0\\n.symver second, wait@@SHOP_2.0");
  int first(void) { return 1; }
  int second(void) { return 2; }
  int third(void) { return 3; }
`;
const versions = "SHOP_1.0 { global: wait; third; local: *; };\nSHOP_2.0 { global: wait; } SHOP_1.0;\n";
/** A function of which each file has one of its own. */
const privates = (value: number): string => `__attribute__((noinline, used)) static int helper(void) { return ${value}; }\n`;

/** A definition that another one goes before. */
const weakly = "__attribute__((noinline, weak)) int spare(void) { return 4; }\nint main(void) { return spare(); }\n";
const strongly = "__attribute__((noinline, used)) static int spare(void) { return 5; }\n";

let folder: string;
let shop: ElfFunctions;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lbc-functions-"));
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const map = write("shop.map", versions);
  const files = [write("shop.c", source), write("one.c", privates(1)), write("two.c", privates(2))];
  const library = join(folder, "libshop.so");
  execFileSync("cc", ["-O1", "-shared", "-fPIC", `-Wl,--version-script=${map}`, "-o", library, ...files]);
  const program = [write("weak.c", weakly), write("strong.c", strongly)];
  execFileSync("cc", ["-O1", "-no-pie", "-o", join(folder, "program"), ...program]);
  shop = new ElfFunctions(readFileSync(library), "libshop.so");
});
afterAll(() => rmSync(folder, { recursive: true }));

/** As nm tells it, which names what is local `t` and what is weak `W`; the first segment of a library lies at its address. */
function address(symbol: string, file = "libshop.so", kind = "[tT]"): number {
  const symbols = execFileSync("nm", [join(folder, file)], { encoding: "utf8" });
  return Number.parseInt(new RegExp(`^(\\w+) ${kind} ${symbol}$`, "m").exec(symbols)?.[1] ?? "", 16);
}

test("a function is found by its name, and of several versions by the version as well", () => {
  expect(shop.offsetOf("third", "probe")).toBe(address("third"));
  for (const at of ["@", "@@"]) {
    expect(shop.offsetOf(`wait${at}SHOP_1.0`, "probe")).toBe(address("first"));
    expect(shop.offsetOf(`wait${at}SHOP_2.0`, "probe")).toBe(address("second"));
  }
});

test("a name that several functions have is refused with the versions, where there are some", () => {
  const refused = (name: string, hint: string): void =>
    expect(() => shop.offsetOf(name, "probe")).toThrow(
      expect.objectContaining({ code: "no-such-target", message: expect.stringContaining("several"), hint: expect.stringContaining(hint) }),
    );
  refused("wait", "wait@SHOP_1.0, wait@SHOP_2.0");
  refused("helper", "offset");
  expect(() => shop.offsetOf("wait@SHOP_3.0", "probe")).toThrow(expect.objectContaining({ code: "no-such-target" }));
});

test("a weak definition counts where there is no other", () => {
  const program = new ElfFunctions(readFileSync(join(folder, "program")), "program");
  const between = address("spare", "program", "W") - address("spare", "program", "t");
  expect(between).not.toBe(0);
  expect(program.offsetOf("spare", "probe") - program.offsetOf("main", "probe")).toBe(
    address("spare", "program", "t") - address("main", "program", "T"),
  );
});

test("a pattern finds every function whose name matches, once", () => {
  expect([...shop.offsetsOf(/^(wait|third)$/)].sort()).toEqual([address("first"), address("second"), address("third")].sort());
});
