import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect, test } from "vitest";
import { emit } from "./index.ts";
import { field, helloOptions, layoutOf, map, struct, u32 } from "./layout.test-support.ts";

const ruff = fileURLToPath(new URL("../../../.lbc/venv/bin/ruff", import.meta.url));

const lines = [
  "",
  "",
  "Text",
  "text.",
  '"quoted"',
  '"',
  '"""',
  "\\",
  "ends with \\",
  "  indented",
  "\ttab ",
  "- item",
  ">>> code",
  "# no",
  "'''",
  "\r",
];

/** Comments of one to eight of these lines, in an order that is the same each time. */
function comments(count: number): string[] {
  let state = 1;
  const below = (limit: number): number => {
    state = (state * 48271) % 0x7fffffff;
    return state % limit;
  };
  return Array.from({ length: count }, () => Array.from({ length: 1 + below(8) }, () => lines[below(lines.length)]).join("\n"));
}

test("ruff's formatter leaves comments of every shape as they are, on types, members and maps", { timeout: 60_000 }, async () => {
  const texts = comments(1500).map((text) => (text.trim() === "" ? "blank" : text));
  const types = texts.map((doc, id) => ({ ...struct(id, `type${id}`, 4, [field("id", 0, u32, 4, { doc })]), doc }));
  const layout = layoutOf("hello", { types, maps: texts.map((doc, index) => map(`map${index}`, { doc })) });
  const files = await emit(layout, helloOptions);
  for (const [name, last] of Object.entries({ "_types.py": "class Type1499(", "_skeleton.py": "self.map1499 = " })) {
    const input = String(files.get(`hello/${name}`));
    expect(input).toContain(last);
    const options = ["format", "--isolated", "--target-version", "py39", "--diff", "--stdin-filename", name, "-"];
    const { stdout, exitCode } = await execa(ruff, options, { input, reject: false });
    expect(stdout).toBe("");
    expect(exitCode).toBe(0);
  }
});
