import { expect, test } from "vitest";
import { didYouMean, nearest } from "./suggest.ts";

test("a misspelt name finds the name that was meant, nearest first", () => {
  expect(nearest("evnet", ["event", "evict", "task_struct"])).toEqual(["event", "evict"]);
  expect(nearest("Event", ["event", "event2", "sock"])).toEqual(["event", "event2"]);
});

test("a name that is part of a longer one finds it", () => {
  expect(nearest("sched_ext", ["sched_ext_entity", "sock"])).toEqual(["sched_ext_entity"]);
});

test("the question names up to three, and is left out where nothing is near", () => {
  expect(didYouMean("key", ["key_t", "key1"])).toBe("did you mean key1 or key_t?");
  expect(didYouMean("zzz", ["event"])).toBeNull();
});
