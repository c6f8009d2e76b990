import { Project } from "ts-morph";
import { expect, test } from "vitest";
import { format } from "./index.ts";

const project = new Project({ useInMemoryFileSystem: true, skipLoadingLibFiles: true });
const formatted = (code: string): string => format(project.createSourceFile("module.ts", code, { overwrite: true }).compilerNode);
/** What stands in a class whose margin is two spaces. */
const inClass = (...lines: readonly string[]): string => `class A {\n${lines.map((line) => `  ${line}\n`).join("")}}\n`;

test("what fits on its line stays as it is, comments and blank lines too", () => {
  const code = [
    "// A header.",
    'import { a } from "b";',
    "",
    "/** A comment. */",
    "export const x: number = a.b(1, (i) => i + 1);",
    "export class Empty {}",
    "",
    "export class B extends C {",
    "  /**",
    "   * Of two",
    "   * lines.",
    "   */",
    "  static readonly size = 4;",
    "",
    "  get it(): readonly (readonly number[])[] {",
    "    if (this.x !== undefined) return { ...this.y };",
    "    return [];",
    "  }",
    "}",
    "",
  ].join("\n");
  expect(formatted(code)).toBe(code);
});

const long = "aNameThatIsAboutThirtyLettersLong";

test.each([
  ["arguments, each on its line", `${long}(${long}, ${long}, 1);`, `${long}(\n  ${long},\n  ${long},\n  1,\n);`],
  ["an object that ends a call", `${long}("${long}", { a: 1, b: 2222222 });`, `${long}("${long}", {\n  a: 1,\n  b: 2222222,\n});`],
  [
    "the body of a function that ends a call",
    `${long}(4, (i) => view.getUint32(offset + 4 * i, true, 1));`,
    `${long}(4, (i) =>\n  view.getUint32(offset + 4 * i, true, 1),\n);`,
  ],
  [
    "an assigned call with nothing to break",
    `const ${long}${long} = view.getUint8(offset);`,
    `const ${long}${long} =\n  view.getUint8(offset);`,
  ],
  ["an assigned number never", `const ${long}${long}${long} = -1000000n;`, `const ${long}${long}${long} = -1000000n;`],
  ["operands behind their operator", `const sum = (${long} & 15) | (${long} & 0);`, `const sum =\n  (${long} & 15) |\n  (${long} & 0);`],
  ["imports", `import { ${long}, type B${long} } from "module";`, `import {\n  ${long},\n  type B${long},\n} from "module";`],
  ["names taken from an object", `const { ${long}, b${long} } = all();`, `const {\n  ${long},\n  b${long},\n} = all();`],
  [
    "a mapped type",
    `interface A {\n  maps: { readonly [Name in keyof ${long}Maps]?: ${long} };\n}`,
    `interface A {\n  maps: {\n    readonly [Name in keyof ${long}Maps]?: ${long};\n  };\n}`,
  ],
  [
    "an alias with type arguments",
    `type ${long} = EnumValue<typeof ${long}Of, bigint>;`,
    `type ${long} = EnumValue<\n  typeof ${long}Of,\n  bigint\n>;`,
  ],
])("breaks %s", (_what, code, expected) => {
  expect(formatted(`${code}\n`)).toBe(`${expected}\n`);
});

test.each([
  [
    "parameters",
    [`static ${long}(${long}: Type, b: ${long}): void {}`],
    [`static ${long}(`, `  ${long}: Type,`, `  b: ${long},`, "): void {}"],
  ],
  [
    "a returned sum inside parentheses",
    ["get a(): number {", `  return ${long} & ${long} & 1;`, "}"],
    ["get a(): number {", "  return (", `    ${long} & ${long} & 1`, "  );", "}"],
  ],
  ["a setter never", [`set ${long}${long}${long}(value) {}`], [`set ${long}${long}${long}(value) {}`]],
])("in a class, breaks %s", (_what, code, expected) => {
  expect(formatted(inClass(...code))).toBe(inClass(...expected));
});
