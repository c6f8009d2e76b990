import { expect, test } from "vitest";
import { Screen } from "./screen.ts";

const up = (rows: number): string => `\r\x1b[${rows}A\x1b[J`;

function terminal(size: { columns?: number; rows?: number }) {
  const written: string[] = [];
  const write = (text: string | Uint8Array) => written.push(String(text));
  return { screen: new Screen({ isTTY: true, write, ...size }), written };
}

test("the live part is drawn in the place of the one before, below what stays", () => {
  const { screen, written } = terminal({ columns: 20, rows: 10 });
  screen.draw(["a", "b"]);
  screen.draw(["c"]);
  screen.print(["event"]);
  expect(written).toEqual(["a\nb\n", `${up(2)}c\n`, `${up(1)}event\n`]);
});

test("what has no room is cut, and told", () => {
  const { screen, written } = terminal({ columns: 4, rows: 3 });
  screen.draw(["abcdef", "b", "c"]);
  expect(written).toEqual(["abc…\n… 2…\n"]);
});

test.each([{}, { columns: 0, rows: 0 }])("a terminal of the size %j has the usual one", (size) => {
  const { screen, written } = terminal(size);
  screen.draw(Array.from({ length: 30 }, () => "x".repeat(90)));
  const lines = written.join("").trimEnd().split("\n");
  expect(lines).toHaveLength(23);
  expect(lines[0]).toBe(`${"x".repeat(79)}…`);
});

test("what is no terminal gets each live part as lines", () => {
  const written: string[] = [];
  const screen = new Screen({ write: (text) => written.push(String(text)) });
  screen.draw(["a"]);
  screen.draw(["b"]);
  expect(written).toEqual(["a\n", "b\n"]);
});
