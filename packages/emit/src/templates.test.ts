import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { templatesBeside } from "./templates.ts";

function render(files: Readonly<Record<string, string>>, view: object): string {
  const folder = mkdtempSync(join(tmpdir(), "lbc-templates-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, `${name}.hbs`), text);
    const parts = Object.keys(files).filter((name) => name !== "main");
    return templatesBeside(pathToFileURL(join(folder, "module.js")).href)<object>("main", parts)(view);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("a template places strings as they are, with the parts that it includes", () => {
  expect(render({ main: "{{#each items}}{{> item}}\n{{/each}}", item: "<{{name}}>" }, { items: [{ name: "a&b" }, { name: '"' }] })).toBe(
    '<a&b>\n<">\n',
  );
});

test("a name that the view lacks is an error, not an empty string", () => {
  expect(() => render({ main: "{{missing}}" }, {})).toThrow("missing");
});

test("a view may have names that Handlebars uses for helpers", () => {
  expect(render({ main: "{{lookup}} {{log}}" }, { lookup: "a", log: "b" })).toBe("a b");
});
