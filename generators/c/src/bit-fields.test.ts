import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect, test } from "vitest";
import { compile, compileFixture, compilers, generate, layoutOf, scratch } from "./compile.test-support.ts";

/** Values for members that no offset assertion reaches, and for some around them. */
const statements = `
  BYTES(struct bits, v.a = 5; v.b = -33; v.c = 0x123456789; v.level = HIGH; v.flag = 1; v.tail = 0x15)
  BYTES(struct packed_bits, v.a = 9; v.b = 0xa5; v.c = 0x5555aaaa12345678; v.d = -12345)
  BYTES(struct hole_bits, v.a = 2; v.b = 21; v.c = 0xbeef; v.d = 9)
  BYTES(struct three_bytes, v.a = 0xabcde)
  BYTES(union bit_union, v.low = 11)
  BYTES(union bit_union, v.all = -77777)
  BYTES(struct around, v.first = 1; v.inner.first = 2; v.inner.second = 3; v.inner.last = 4; v.last = 5)
  BYTES(struct half_packed, v.first = 1; v.second = 0x0102030405060708; v.third = 9)
  BYTES(struct nested, v.v6[15] = 1; v.points[1][2].y = 2; v.big = 3; v.ratio = 0.5)
`;

const program = (include: string) => `
#include <stdio.h>
#include <string.h>
${include}
#define BYTES(type, values) { type v; unsigned char b[sizeof(v)]; memset(&v, 0, sizeof(v)); values; memcpy(b, &v, sizeof(v)); \\
  for (size_t i = 0; i < sizeof(b); i++) printf("%02x", b[i]); printf("\\n"); }
int main(void) { ${statements} return 0; }
`;

test("the generated types write the same bytes as the declarations that the object was compiled from", async () => {
  const folder = await scratch();
  try {
    const object = await compileFixture("types", folder);
    await generate(layoutOf(object, "types"), { object, source: "types.bpf.o", version: "0.0.0" }, folder);
    const source = fileURLToPath(new URL("fixtures/types.bpf.c", import.meta.url));
    const truth = join(folder, "truth");
    // the fixture's own declarations, natively: clang lays them out for this machine as for BPF
    await execa("clang-19", ["-std=gnu11", "-w", "-x", "c", "-", "-o", truth], { input: program(`#include "${source}"`) });
    const { stdout: want } = await execa(truth);
    expect(want.split("\n")).toHaveLength(9);
    for (const compiler of compilers) {
      const binary = join(folder, compiler[0]);
      await compile(compiler, program('#include "types.types.h"'), folder, "-o", binary);
      expect((await execa(binary)).stdout, compiler[0]).toBe(want);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
