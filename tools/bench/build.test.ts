import { expect, test } from "vitest";
import { targets } from "./build.ts";

test("each target is met or missed by the rows of one run", () => {
  const rows = [
    { name: "clang", median: 300, exitCode: 0 },
    { name: "lbc build", median: 396, exitCode: 0 },
    { name: "lbc build, unchanged", median: 60.4, exitCode: 0 },
  ];
  expect(targets(rows, 1.44).map(({ target, met }) => `${met}: ${target}`)).toEqual([
    "false: a cold build within 1.3 × of clang alone: 1.32 ×",
    "true: an unchanged one in less than 150 ms: 60 ms",
    "true: and in less than 10 ms in process: 1.4 ms",
  ]);
});

test("a build that fails is quick, and meets nothing", () => {
  const rows = ["clang", "lbc build", "lbc build, unchanged"].map((name) => ({ name, median: 1, exitCode: name === "clang" ? 0 : 1 }));
  expect(targets(rows, 1.44).map(({ met }) => met)).toEqual([false, false, true]);
});

test("a row that is not there meets nothing", () => {
  expect(targets([], Number.NaN).some(({ met }) => met)).toBe(false);
});
