import { expect, test, vi } from "vitest";
import { detachAll } from "./detach.ts";

/** Links that take so many milliseconds each to close, by a clock of their own. */
function links(count: number, milliseconds: number) {
  const clock = { at: 0 };
  const close = vi.fn(() => {
    clock.at += milliseconds;
  });
  return { all: Array.from({ length: count }, () => ({ close })), close, now: () => clock.at };
}

test("what takes long to detach is told once, with what is left", async () => {
  const { all, close, now } = links(360, 70);
  const slow = vi.fn();
  await detachAll(all, slow, now);
  expect(close).toHaveBeenCalledTimes(360);
  expect(slow.mock.calls).toEqual([[345, 25]]);
});

test("what is quickly detached needs no words", async () => {
  const { all, close, now } = links(360, 2);
  const slow = vi.fn();
  await detachAll(all, slow, now);
  expect(close).toHaveBeenCalledTimes(360);
  expect(slow).not.toHaveBeenCalled();
});
