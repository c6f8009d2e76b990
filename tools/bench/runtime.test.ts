import { expect, test } from "vitest";
import { tabulate } from "./runtime.ts";

const peers = [
  { name: "C", against: [] },
  { name: "Node", against: ["absent", "C"] },
];
const line = (measure: string, nanoseconds: number, sum = 7) => ({ measure, count: 10, nanoseconds, sum });

test("a row has the best of the runs, and its ratio to the same measure of the first peer that ran, or to its first measure", () => {
  const seen = new Map([
    ["C", [[line("single events", 100)], [line("single events", 300)], [line("single events", 200)]]],
    ["Node", [[line("single events", 400), line("batches", 600)]]],
  ]);
  expect(tabulate(peers, seen)).toEqual([
    { peer: "C", measure: "single events", nanosecondsEach: 10, against: null, ratio: null },
    { peer: "Node", measure: "single events", nanosecondsEach: 40, against: "C", ratio: 4 },
    { peer: "Node", measure: "batches", nanosecondsEach: 60, against: "C", ratio: 6 },
  ]);
});

test("peers that read something else are not compared", () => {
  const seen = new Map([
    ["C", [[line("single events", 100)]]],
    ["Node", [[line("batches", 100, 8)]]],
  ]);
  expect(() => tabulate(peers, seen)).toThrow("Node: batches read 8 in all, the others 7");
});
