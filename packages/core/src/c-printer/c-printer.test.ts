import { describe, expect, test } from "vitest";
import { type Btf, BtfBuilder, BtfError, type NewBtfType, readBtf, writeBtf } from "../btf/index.ts";
import { printC } from "./index.ts";

const plain = { char: false, bool: false, bitOffset: 0 };
const int: NewBtfType = { kind: "int", name: "int", size: 4, signed: true, ...plain, bits: 32 };
const u8: NewBtfType = { kind: "int", name: "unsigned char", size: 1, signed: false, ...plain, bits: 8 };
const u64: NewBtfType = { kind: "int", name: "long unsigned int", size: 8, signed: false, ...plain, bits: 64 };
const pointer = (type: number): NewBtfType => ({ kind: "pointer", name: "", type });
const typedef = (name: string, type: number): NewBtfType => ({ kind: "typedef", name, type });
const array = (element: number, length: number): NewBtfType => ({ kind: "array", name: "", element, index: 1, length });

type MemberParts = readonly [name: string, type: number, bitOffset: number, bitSize?: number];
function composite(kind: "struct" | "union", name: string, size: number, ...members: readonly MemberParts[]): NewBtfType {
  return {
    kind,
    name,
    size,
    members: members.map(([member, type, bitOffset, bitSize = 0]) => ({ name: member, type, bitOffset, bitSize })),
  };
}
const struct = composite.bind(null, "struct");
const union = composite.bind(null, "union");

/** Names and values of an enum of 4 bytes; `size` and `wide` for others. */
function enumOf(name: string, values: Readonly<Record<string, bigint>>, { size = 4, wide = false, signed = false } = {}): NewBtfType {
  return {
    kind: "enum",
    name,
    size,
    wide,
    signed,
    values: Object.entries(values).map(([value, number]) => ({ name: value, value: number })),
  };
}

/** What is printed of types whose ids are 1, 2, 3 …, without the guards. */
function printed(...types: readonly NewBtfType[]): string {
  return body(readBtf(writeBtf(types)));
}

function body(btf: Btf): string {
  const text = printC(btf, { preserveAccessIndex: false });
  return text.slice(text.indexOf("#define __VMLINUX_H__\n\n") + "#define __VMLINUX_H__\n\n".length, text.indexOf("#endif")).trim();
}

describe("a declaration", () => {
  test.each<[string, string, readonly NewBtfType[]]>([
    ["a pointer to an array", "int (*it)[4]", [array(1, 4), pointer(2)]],
    ["an array of pointers", "int *it[4]", [pointer(1), array(2, 4)]],
    ["an array of arrays", "int it[2][3]", [array(1, 3), array(2, 2)]],
    ["a constant pointer to what is volatile", "volatile int *const it", [modifier("volatile", 1), pointer(2), modifier("const", 3)]],
    ["an array whose elements are constant", "const int it[4]", [array(1, 4), modifier("const", 2)]],
    ["what is said twice", "const int it", [modifier("const", 1), modifier("const", 2)]],
    ["a restricted pointer", "int *restrict it", [pointer(1), modifier("restrict", 2)]],
    ["a function", "int (*it)(int, ...)", [prototype(1, 1, 0), pointer(2)]],
    ["a function without parameters", "void (*it)(void)", [prototype(0), pointer(2)]],
    ["a function that says nothing of its parameters", "void (*it)()", [prototype(0, 0), pointer(2)]],
    ["a function that gives a function", "int (*(*it)(void))(int)", [prototype(1, 1), pointer(2), prototype(3), pointer(4)]],
    ["a type tag", 'int __attribute__((btf_type_tag("user"))) *it', [tag("user"), pointer(2)]],
    ["a tag with a quote", 'int __attribute__((btf_type_tag("a\\042b"))) *it', [tag('a"b'), pointer(2)]],
    ["an attribute", "int __attribute__((address_space(1))) *it", [tag("address_space(1)", true), pointer(2)]],
    ["what is no attribute", "int *it", [tag("x)) y ((", true), pointer(2)]],
  ])("of %s is spelled %j", (_what, spelling, types) => {
    expect(printed(int, ...types, typedef("it", types.length + 1))).toBe(`typedef ${spelling};`);
  });

  function modifier(kind: "const" | "volatile" | "restrict", type: number): NewBtfType {
    return { kind, name: "", type };
  }
  function prototype(result: number, ...parameters: readonly number[]): NewBtfType {
    return {
      kind: "function-prototype",
      name: "",
      result,
      parameters: parameters.map((type) => ({ name: type === 0 ? "" : "int", type })),
    };
  }
  function tag(name: string, attribute = false): NewBtfType {
    return { kind: "type-tag", name, type: 1, attribute };
  }
});

describe("a struct", () => {
  test("has its gaps filled with unnamed bit-fields", () => {
    expect(printed(int, struct("s", 16, ["a", 1, 0], ["b", 1, 64]))).toBe("struct s {\n\tint a;\n\tlong : 32;\n\tint b;\n\tlong : 32;\n};");
  });

  test("that C lays out so by itself has no filling", () => {
    expect(printed(u8, u64, struct("s", 16, ["a", 1, 0], ["b", 2, 64]))).toBe("struct s {\n\tunsigned char a;\n\tlong unsigned int b;\n};");
  });

  test("is packed where a member is off its alignment", () => {
    expect(printed(u8, int, struct("s", 5, ["a", 1, 0], ["b", 2, 8]))).toBe(
      "struct s {\n\tunsigned char a;\n\tint b;\n} __attribute__((packed));",
    );
  });

  test("has bit-fields where they were", () => {
    expect(printed(int, struct("s", 8, ["a", 1, 0, 3], ["b", 1, 5, 7], ["c", 1, 32, 31]))).toBe(
      "struct s {\n\tint a : 3;\n\tlong : 2;\n\tint b : 7;\n\tint c : 31;\n};",
    );
  });

  test("of a BTF before Linux 4.20 has its bit-fields in the integers", () => {
    const bits: NewBtfType = { ...int, bits: 5, bitOffset: 3 } as NewBtfType;
    expect(printed(int, bits, struct("s", 4, ["a", 2, 8]))).toBe("struct s {\n\tlong : 11;\n\tint a : 5;\n};");
  });

  test("with long gaps in itself and in an anonymous member has a name of its own for each", () => {
    const inner = struct("", 256, ["a", 1, 1024]);
    const text = printed(int, inner, struct("s", 1024, ["", 2, 0], ["b", 1, 4096]));
    expect([...text.matchAll(/__lbc_gap\d\[\d+\]/g)].map(String)).toEqual([
      "__lbc_gap1[128]",
      "__lbc_gap2[124]",
      "__lbc_gap3[256]",
      "__lbc_gap4[508]",
    ]);
  });

  test("whose members overlap keeps each at its place", () => {
    expect(printed(int, struct("s", 8, ["a", 1, 0], ["b", 1, 16]))).toBe(
      [
        "struct s {",
        "\tunion {",
        "\t\tstruct {\n\t\t\tint a;\n\t\t} __attribute__((packed));",
        "\t\tstruct {\n\t\t\tlong : 16;\n\t\t\tint b;\n\t\t} __attribute__((packed));",
        "\t} __attribute__((packed));",
        "\tlong : 16;",
        "} __attribute__((packed));",
      ].join("\n"),
    );
  });

  test("with a tag but no member name has its members written out, which needs no extension", () => {
    expect(printed(int, struct("inner", 4, ["a", 1, 0]), struct("s", 4, ["", 2, 0]))).toContain(
      "struct s {\n\tstruct {\n\t\tint a;\n\t};\n};",
    );
  });

  test("without members is empty", () => {
    expect(printed(struct("s", 0))).toBe("struct s {};");
  });

  test("that refers to another one is declared before it", () => {
    expect(printed(struct("a", 8, ["b", 2, 0]), pointer(3), struct("b", 8, ["a", 4, 0]), pointer(1))).toBe(
      "struct b;\n\nstruct a {\n\tstruct b *b;\n};\n\nstruct b {\n\tstruct a *a;\n};",
    );
  });

  test("that is held by value is defined before", () => {
    expect(printed(struct("a", 4, ["b", 2, 0]), struct("b", 4, ["c", 3, 0]), int)).toMatch(/struct b \{[\s\S]*struct a \{/);
  });

  test("that C could not name inside itself is void there", () => {
    expect(printed(struct("a", 8, ["b", 2, 0]), pointer(3), array(1, 2))).toBe("struct a {\n\tvoid *(*b)[2];\n};");
  });
});

describe("a union", () => {
  test("that is larger than its members is filled", () => {
    expect(printed(int, union("u", 16, ["a", 1, 0]))).toBe("union u {\n\tint a;\n\tchar __lbc_gap1[16];\n};");
  });

  test("has a bit-field at its place", () => {
    expect(printed(int, union("u", 4, ["a", 1, 5, 7]))).toContain(
      "\t\tstruct {\n\t\t\tlong : 5;\n\t\t\tint a : 7;\n\t\t} __attribute__((packed));",
    );
  });
});

describe("an enum", () => {
  test.each<[string, string, NewBtfType]>([
    ["unsigned", "enum e {\n\tA = 1,\n\tB = 4294967295U,\n};", enumOf("e", { A: 1n, B: 0xffffffffn })],
    ["signed", "enum e {\n\tA = -1,\n};", enumOf("e", { A: -1n }, { signed: true })],
    ["of one byte", "enum e {\n\tA = 255,\n} __attribute__((packed));", enumOf("e", { A: 255n }, { size: 1 })],
    ["of one byte and signed", "enum e {\n\tA = -1,\n} __attribute__((packed));", enumOf("e", { A: -1n }, { size: 1, signed: true })],
    ["wider than its values", "enum e : unsigned short {\n\tA = 1,\n};", enumOf("e", { A: 1n }, { size: 2 })],
    ["signed without a negative value", "enum e : signed int {\n\tA = 1,\n};", enumOf("e", { A: 1n }, { signed: true })],
    [
      "of one byte with what older BTF has for -1",
      "enum e {\n\tA = 255,\n} __attribute__((packed));",
      enumOf("e", { A: 0xffffffffn }, { size: 1 }),
    ],
    ["of 64 bits", "enum e {\n\tA = 9223372036854775808ULL,\n};", enumOf("e", { A: 2n ** 63n }, { size: 8, wide: true })],
    ["of 64 bits for small values", "enum e : unsigned long long {\n\tA = 1,\n};", enumOf("e", { A: 1n }, { size: 8 })],
    [
      "of 64 bits with the least value",
      "enum e {\n\tA = (-9223372036854775807LL - 1),\n};",
      enumOf("e", { A: -(2n ** 63n) }, { size: 8, wide: true, signed: true }),
    ],
    ["without values", "enum e : unsigned int;", enumOf("e", {})],
    ["without a name", "enum {\n\tA = 1,\n};", enumOf("", { A: 1n })],
  ])("%s", (_what, text, type) => {
    expect(printed(type)).toBe(text);
  });

  test("without a name stands where it is used, and only there", () => {
    expect(printed(enumOf("", { A: 1n }), struct("s", 4, ["e", 1, 0]))).toBe("struct s {\n\tenum {\n\t\tA = 1,\n\t} e;\n};");
  });
});

describe("a name", () => {
  test("that two tags have is a flavor in the second", () => {
    expect(printed(struct("s", 0), union("s", 0), struct("s", 0))).toBe("struct s {};\n\nunion s___2 {};\n\nstruct s___3 {};");
  });

  test("that was made up takes the place of no other", () => {
    expect(printed(struct("s", 0), struct("s", 0), struct("s___2", 0))).toBe("struct s {};\n\nstruct s___3 {};\n\nstruct s___2 {};");
  });

  test("may be a tag and a typedef at once", () => {
    expect(printed(struct("s", 0), typedef("s", 1))).toBe("struct s {};\n\ntypedef struct s s;");
  });

  test("that a typedef has is a flavor in an enumerator", () => {
    expect(printed(int, enumOf("e", { s: 1n }), typedef("s", 1))).toBe("enum e {\n\ts___2 = 1,\n};\n\ntypedef int s;");
  });

  test.each([
    ["typeof", "typeof___2"],
    ["core::Option<u8>", "core__Option_u8_"],
    ["3d", "_3d"],
    ["größe<$>", "größe_$_"],
  ])("that C cannot have, %s, becomes %s", (name, wanted) => {
    expect(printed(struct(name, 0))).toBe(`struct ${wanted} {};`);
  });

  test("of a member that C reserves gets an underscore", () => {
    expect(printed(int, struct("s", 4, ["default", 1, 0]))).toContain("int default_;");
  });

  test("of a forward declaration is that of the type which it stands for", () => {
    const forward: NewBtfType = { kind: "forward", name: "s", of: "struct" };
    expect(printed(union("s", 0), struct("s", 0), forward, pointer(3), typedef("p", 4))).toBe(
      "union s {};\n\nstruct s___2 {};\n\ntypedef struct s___2 *p;",
    );
  });

  test("that stands twice in the string table is still one name", () => {
    const types = writeBtf([struct("one", 0), struct("two", 0)]);
    types.set(new TextEncoder().encode("one"), new TextDecoder().decode(types).indexOf("two"));
    expect(body(readBtf(types))).toBe("struct one {};\n\nstruct one___2 {};");
    const enums = writeBtf([enumOf("e", { one: 0n }), enumOf("f", { two: 1n })]);
    enums.set(new TextEncoder().encode("one"), new TextDecoder().decode(enums).indexOf("two"));
    expect(body(readBtf(enums))).toBe("enum e {\n\tone = 0,\n};\n\nenum f {\n\tone___2 = 1,\n};");
  });

  test("with a dollar sign or letters beyond ASCII, which clang takes, stays: CO-RE goes by it", () => {
    const members = ["a$b", "größe", "$", "変数1"].map((name, index) => [name, 1, index * 32] as const);
    const text = "struct größe {\n\tint a$b;\n\tint größe;\n\tint $;\n\tint 変数1;\n};";
    expect(printed(int, struct("größe", 16, ...members))).toBe(text);
    expect(printed(struct("größe", 0), union("größe", 0), struct("größe___2", 0))).toContain("union größe___3 {};");
  });

  test("that begins with a mark or a digit of any script, or holds what is no letter, is none", () => {
    expect(printed(int, struct("s", 12, ["\u0301a", 1, 0], ["a→b", 1, 32], ["٣d", 1, 64]))).toBe(
      "struct s {\n\tint _\u0301a_;\n\tint a_b_;\n\tint _٣d_;\n};",
    );
  });
});

describe("an arithmetic type", () => {
  const named = (name: string, size: number, signed: boolean): NewBtfType => ({
    kind: "int",
    name,
    size,
    signed,
    ...plain,
    bits: size * 8,
  });
  const float = (name: string, size: number): NewBtfType => ({ kind: "float", name, size });
  test.each<[string, NewBtfType]>([
    ["long unsigned int", u64],
    ["__int128 unsigned", named("__int128 unsigned", 16, false)],
    ["unsigned int", named("u32", 4, false)],
    ["signed long long", named("isize", 8, true)],
    ["signed int", named("long int", 4, true)],
    ["double", float("double", 8)],
    ["unsigned __int128", float("long double", 16)],
    ["struct bytes12", float("long double", 12)],
  ])("is spelled %j for BPF", (spelling, type) => {
    expect(printed(type, typedef("it", 1))).toContain(`typedef ${spelling} it;`);
  });

  test("that C has none of is a struct of its size and alignment", () => {
    expect(printed(float("long double", 12), typedef("it", 1))).toContain("struct bytes12 {\n\tunsigned int bytes[3];\n};");
  });
});

describe("the whole header", () => {
  test("relocates accesses for CO-RE, unless that is switched off", () => {
    const btf = readBtf(writeBtf([struct("s", 0)]));
    expect(printC(btf)).toContain("#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)");
    expect(printC(btf, { preserveAccessIndex: false })).not.toContain("#pragma");
  });

  test("has no attribute for records where it has no record", () => {
    expect(printC(readBtf(writeBtf([int, typedef("it", 1)])))).toBe(
      "#ifndef __VMLINUX_H__\n#define __VMLINUX_H__\n\ntypedef int it;\n\n#endif /* __VMLINUX_H__ */\n",
    );
  });

  test("of a split BTF has its own types and what they need of the base", () => {
    const base = readBtf(writeBtf([int, typedef("used", 1), typedef("unused", 1)]));
    const builder = new BtfBuilder(base);
    builder.add(struct("own", 4, ["a", 2, 0]));
    expect(body(readBtf(builder.build(), { base }))).toBe("typedef int used;\n\nstruct own {\n\tused a;\n};");
  });

  test("is the same for both byte orders", () => {
    const types = [int, struct("s", 8, ["a", 1, 3, 7], ["b", 1, 32])];
    expect(body(readBtf(writeBtf(types, "big")))).toBe(body(readBtf(writeBtf(types, "little"))));
  });
});

describe("what BTF cannot describe, such as _Atomic, which clang writes as void,", () => {
  test("is bytes up to the next member or to the end", () => {
    const types = [int, typedef("hits_t", 0), struct("s", 16, ["a", 1, 0], ["b", 2, 64], ["c", 1, 96])];
    expect(printed(...types)).toContain("struct s {\n\tint a;\n\tlong : 32;\n\tunsigned char b[4];\n\tint c;\n};");
    expect(printed(int, struct("s", 16, ["a", 1, 0], ["b", 0, 64]))).toContain("\tunsigned char b[8];\n};");
    expect(printed(int, union("u", 8, ["a", 0, 0], ["b", 1, 0]))).toBe("union u {\n\tunsigned char a[8];\n\tint b;\n};");
    expect(printed(int, struct("s", 8, ["a", 0, 0], ["b", 1, 34, 3]))).toContain("\tunsigned char a[4];\n\tlong : 2;\n\tint b : 3;\n");
  });

  test("is bytes in arrays too, and none in an array without elements", () => {
    expect(printed(int, array(0, 4), struct("s", 20, ["a", 2, 0], ["b", 1, 128]))).toContain("\tunsigned char a[16];\n\tint b;");
    expect(printed(int, array(0, 0), struct("s", 4, ["a", 1, 0], ["b", 2, 32]))).toContain("\tint a;\n\tunsigned char b[0];\n");
  });

  test("is no array of void behind a pointer or a typedef either, and no parameter", () => {
    expect(printed(int, array(0, 4), typedef("four", 2))).toBe("typedef unsigned char four[4];");
    expect(printed(int, array(0, 4), pointer(2), typedef("it", 3))).toBe("typedef unsigned char (*it)[4];");
    const parameters = [0, 1].map((type) => ({ name: "", type }));
    const prototype: NewBtfType = { kind: "function-prototype", name: "", result: 0, parameters };
    expect(printed(int, prototype, pointer(2), typedef("it", 3))).toBe("typedef void (*it)(void *, int);");
  });
});

describe("damaged BTF is refused:", () => {
  test.each<[string, string, readonly NewBtfType[]]>([
    ["a struct that holds itself", "cycle", [struct("s", 4, ["a", 1, 0])]],
    ["a typedef of itself", "cycle", [typedef("t", 1), struct("s", 4, ["a", 1, 0])]],
    ["a pointer to itself", "cycle", [pointer(1), typedef("t", 1)]],
    ["a chain of a thousand pointers", "cycle", [...Array.from({ length: 1000 }, (_, index) => pointer(index + 2)), typedef("t", 1)]],
    ["a bit-field of void", "no-size", [struct("s", 4, ["a", 0, 0, 3])]],
    ["a member that is only declared", "no-size", [{ kind: "forward", name: "f", of: "struct" }, struct("s", 4, ["a", 1, 0])]],
    ["a member behind the end", "bad-record", [int, struct("s", 4, ["a", 1, 32])]],
    ["a field that begins inside a byte", "bad-record", [int, struct("s", 8, ["a", 1, 3])]],
    ["more bits than the type has", "bad-record", [u8, struct("s", 8, ["a", 1, 0, 9])]],
    ["an enum of three bytes", "bad-record", [enumOf("e", { A: 1n }, { size: 3 })]],
    ["an array of more than 4 GiB", "too-large", [array(2, 0x7fffffff), u64, struct("s", 4, ["a", 1, 0])]],
    ["a type that does not exist", "type-id-out-of-range", [typedef("t", 9)]],
  ])("%s", (_what, code, types) => {
    const failure = expectError(() => printed(...types));
    expect(failure).toBeInstanceOf(BtfError);
    expect(failure).toMatchObject({ code });
  });

  test("anonymous structs that hold each other twice, forty deep, end in an error and not in terabytes", () => {
    const levels = Array.from({ length: 40 }, (_, index) => struct("", 0, ["", index + 2, 0], ["", index + 2, 0]));
    expect(expectError(() => printed(...levels, struct("", 0), struct("top", 0, ["", 1, 0])))).toMatchObject({ code: "too-large" });
  });

  function expectError(work: () => unknown): unknown {
    try {
      work();
    } catch (error) {
      return error;
    }
    throw new Error("nothing was thrown");
  }
});
