import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";

const choices = ["trace", "histogram", "profile", "network"];

test.each([
  ["hist", "histogram"],
  ["Net", "network"],
  ["histogramm", "histogram"],
  ["porfile", "profile"],
  ["tarce", undefined],
  ["x", undefined],
  ["", undefined],
])("who writes %j means %s", (word, meant) => expect(nearest(word, choices)).toBe(meant));
