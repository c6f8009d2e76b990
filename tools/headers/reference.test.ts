import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parseHeader } from "./parse.ts";
import { referenceFile, renderReference } from "./reference.ts";

test("docs/macros.md is what the headers say: node tools/headers/main.ts writes it anew", async () => {
  expect(await readFile(referenceFile, "utf8")).toBe(await renderReference());
});

const section = "/** DOC: Maps */\n";

test("a macro is told with its parameters and the text below them", () => {
  const header = `${section}/**
 * LBC_SET() - a set
 * @map: name of the map, and
 *   of nothing else
 * @n: how many
 *
 * More of it.
 */
#define LBC_SET(map, n) \\
	int map[n]
`;
  expect(parseHeader(header)).toEqual([
    {
      title: "Maps",
      text: "",
      constants: [],
      entries: [
        {
          name: "LBC_SET",
          signature: "LBC_SET(map, n)",
          summary: "a set",
          parameters: [
            { name: "map", text: "name of the map, and of nothing else" },
            { name: "n", text: "how many" },
          ],
          text: "More of it.",
        },
      ],
    },
  ]);
});

test("constants are listed with their values below their section", () => {
  expect(parseHeader("/** DOC: Families */\n#define AF_INET 2\n#define IS(x) ((x) == 2)\n")[0]?.constants).toEqual([
    { name: "AF_INET", parameters: null, value: "2" },
    { name: "IS", parameters: "x", value: "((x) == 2)" },
  ]);
});

test.each([
  ["a macro without a comment", `${section}#define LBC_SET(map) int map`, "LBC_SET has no comment"],
  ["a function without a comment", `${section}static inline int log(int x)\n{`, "log() has no comment"],
  ["a parameter without a description", `${section}/**\n * log() - a log\n */\nstatic int log(int x)\n`, "has the parameters x"],
  ["a description of what is not there", `${section}/** LBC_SET() - a set */\n#define LBC_MAP(x) x\n`, "no definition follows"],
  ["a comment in no section", "/** LBC_SET() - a set */\n#define LBC_SET() x\n", "stands in no section"],
  ["a comment of no form", `${section}/** a set */\n`, "is not of the form"],
])("%s is an error", (_what, header, message) => expect(() => parseHeader(header)).toThrow(message));
