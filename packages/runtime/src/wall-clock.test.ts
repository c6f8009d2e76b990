import { expect, test } from "vitest";
import { FakeSys } from "./sys/fake.test.support.ts";
import { linuxSys } from "./sys/linux.ts";
import { WallClock } from "./wall-clock.ts";

test.each(["monotonic", "boottime"] as const)("the %s clock's now is now", (clock) => {
  const wall = new WallClock();
  expect(Math.abs(wall.date(linuxSys().clock(clock), clock).getTime() - Date.now())).toBeLessThan(100);
});

// parity: helpers.clocks
test("a time stamp keeps its nanoseconds, and the wall clock is followed when it was set", () => {
  const times = { monotonic: 5_000n, boottime: 9_000n, realtime: 1_700_000_000_000_000_000n };
  const wall = new WallClock(new FakeSys({ clock: (name) => times[name] }));
  expect(wall.nanoseconds(5_001n)).toBe(1_700_000_000_000_000_001n);
  expect(wall.nanoseconds(9_000, "boottime")).toBe(1_700_000_000_000_000_000n);
  times.realtime += 1_000_000_000n;
  expect(wall.nanoseconds(5_000n)).toBe(1_700_000_000_000_000_000n);
  wall.synchronize();
  expect(wall.date(5_000n).toISOString()).toBe("2023-11-14T22:13:21.000Z");
});
