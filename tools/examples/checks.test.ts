import { expect, test } from "vitest";
import { check as execsnoop } from "./execsnoop.ts";
import { check as opensnoop } from "./opensnoop.ts";
import { check as profile } from "./profile.ts";
import { check as runqlat } from "./runqlat.ts";
import { check as sockcount } from "./sockcount.ts";
import { check as tcplife } from "./tcplife.ts";
import { check as xdpdrop } from "./xdpdrop.ts";

const execution = { pid: 8, uid: 0, argv: "ls -l" };
const executed = "100\t8\t7\t0\tls\tls -l\n";
const counted = `${executed}count\t0\t1\ntotal\t1\n`;
const opens = "PID     COMM             RESULT PATH\n7       MainThread          -2 /a b\n";
const waits =
  "         0 -> 1          : 3        |****|\n         2 -> 3          : 1        |*   |\nCPU 0: 3 waits, 500 us\nCPU 1: 1 waits, 500 us\n";
const life = "9       node             ::1              10    ::1              20            5         8    51.0\n";
const end = { address: "::1", localPort: 10, remotePort: 20, sent: 5, received: 7 };
const stacks = "spin;_start;main;outer;inner 95\nspin;main;outer;inner;timer 4\n";
const packets =
  "PROTOCOL                 PACKETS       BYTES\n       6 tcp                  9         700\n      17 udp                 25        3050\n";
const verdicts = "10.0.0.2                30         0\n10.0.0.3                 0        20\n";

test.each([
  ["execsnoop", execsnoop([execution]), counted],
  ["opensnoop", opensnoop(7, [{ path: "/a b", result: -2 }]), opens],
  ["runqlat", runqlat({ count: 4, nanoseconds: 1_000_000 }), waits],
  ["tcplife", tcplife(9, [end]), life],
  ["profile", profile(1), stacks],
  ["sockcount", sockcount({ tcp: 9, udp: 25 }), packets],
  ["xdpdrop", xdpdrop(["10.0.0.2", "10.0.0.3"], { "10.0.0.2": 30 }), verdicts],
])("a %s that shows what happened has no differences", (_, check, output) => {
  expect(check(output)).toEqual([]);
});

test.each([
  ["an execution that is missing", execsnoop([execution]), "total\t1\n", 'pid 8 "ls -l": not reported'],
  ["a count that is missing", execsnoop([execution]), executed, "uid 0: counted nothing, executed 1"],
  ["an open that is missing", opensnoop(7, [{ path: "/b", result: 3 }]), opens, "not shown: /b as 3"],
  ["an open of another process", opensnoop(8, []), opens, "of another process: 7 -2 /a b"],
  ["a wait too many", runqlat({ count: 3, nanoseconds: 1_000_000 }), waits, "4 waits, the kernel counted 3"],
  ["a wait of another length", runqlat({ count: 4, nanoseconds: 9_000_000 }), waits, "1000 us, the kernel measured 9000 us"],
  ["nothing to wait for", runqlat({ count: 0, nanoseconds: 0 }), "", "the kernel counted no wait"],
  ["other bytes", tcplife(9, [{ ...end, sent: 6 }]), life, "not shown: 9 ::1 10 ::1 20 6 8"],
  ["a life that is too short", tcplife(9, [end]), life.replace("51.0", "49.0"), "49 ms, it was held for 50: 9 ::1 10 ::1 20 5 8"],
  ["a stack without names", profile(1), stacks.replace("outer", "[unknown]"), "4 of 99 samples have the stack main, outer, inner"],
  ["too few samples", profile(3), stacks, "99 samples, it ran for 3.00 s: 297"],
  ["packets that were not seen", sockcount({ tcp: 10, udp: 25 }), packets, "9 TCP packets, 10 were sent"],
  [
    "a datagram that got through",
    xdpdrop(["10.0.0.2", "10.0.0.3"], { "10.0.0.2": 30, "10.0.0.3": 1 }),
    verdicts,
    "1 datagrams arrived from 10.0.0.3, which is blocked",
  ],
  [
    "a drop that was not counted",
    xdpdrop(["10.0.0.2", "10.0.0.3"], { "10.0.0.2": 30 }),
    "",
    "10.0.0.3: not shown, it sent 20 and is blocked",
  ],
])("%s is a difference", (_, check, output, difference) => {
  expect(check(output)).toContain(difference);
});

test("an execsnoop that still runs has no differences in what it prints at its end", () => {
  expect(execsnoop([execution])(executed, false)).toEqual([]);
  expect(execsnoop([execution])("", false)).not.toEqual([]);
});
