import { expect, test } from "vitest";
import { BtfBuilder, readBtf } from "../btf/index.ts";
import type { BpfObject } from "../object/index.ts";
import { resolveLayout } from "./index.ts";

const object = {
  btf: readBtf(new BtfBuilder().build()),
  elf: { endianness: "little", bytes: new Uint8Array() },
  maps: [],
  data: [],
} as unknown as BpfObject;

test.each(["../../evil", "", "a b", '9-x y"q', "///", ".hidden", "__", "x".repeat(101)])(
  "the name %j is refused: it would not be a file name and an identifier",
  (name) => {
    expect(() => resolveLayout(object, { name })).toThrow(
      expect.objectContaining({ code: "bad-name", hint: expect.stringContaining("letters") }),
    );
  },
);
