import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { root } from "../paths.ts";
import { type Constant, parseHeader } from "./parse.ts";

/** What the kernel gives user space in headers, and the C library in its own. */
const systemHeaders = [
  "errno.h",
  "fcntl.h",
  "limits.h",
  "netinet/in.h",
  "netinet/ip.h",
  "netinet/tcp.h",
  "netinet/udp.h",
  "sched.h",
  "signal.h",
  "sys/socket.h",
  "sys/stat.h",
  "linux/icmp.h",
  "linux/icmpv6.h",
  "linux/if_ether.h",
  "linux/limits.h",
  "linux/magic.h",
  "linux/pkt_cls.h",
];
/** The kernel's own, which no header of user space has. */
const internal =
  /^(PF|FMODE|NEXTHDR|VLAN|__TASK)_|^(TASK|EXIT)_|^(MAX_RT_PRIO|MAX_PRIO|DEFAULT_PRIO|TASK_COMM_LEN|MINORBITS|MINORMASK|MAJOR|MINOR|SCHED_NORMAL|SCHED_EXT|IP_CE|IP_OFFSET|XFS_SUPER_MAGIC|ETH_TLEN)$/;

async function constantsOf(header: string): Promise<Constant[]> {
  return parseHeader(await readFile(join(root, "lbc-headers", header), "utf8")).flatMap(({ constants }) => constants);
}

async function compileForHost(
  lines: readonly string[],
  args: readonly string[],
): Promise<{ exitCode?: number; stdout: string; stderr: string }> {
  const folder = await mkdtemp(join(tmpdir(), "lbc-constants-"));
  try {
    const source = join(folder, "constants.c");
    await writeFile(source, ["#define _GNU_SOURCE", ...systemHeaders.map((name) => `#include <${name}>`), ...lines, ""].join("\n"));
    return await execa("gcc", [...args, source], { reject: false });
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe.each(["lbc_net.h", "lbc_fs.h", "lbc_sched.h"])("the constants of %s", (header) => {
  test("are those of the system's headers, where these have them", async () => {
    const constants = await constantsOf(header);
    const { stdout } = await compileForHost([], ["-E", "-dM"]);
    const known = new Set([...stdout.matchAll(/^#define (\w+)/gm)].map(([, name]) => name));
    const plain = constants.filter(({ parameters }) => parameters === null);
    expect(plain.filter(({ name }) => !known.has(name) && !internal.test(name))).toEqual([]);
    const common = plain.filter(({ name }) => known.has(name) && !internal.test(name));
    const asserts = common.map(({ name, value }) => `_Static_assert((long long)(${name}) == (long long)(${value}), "${name}");`);
    expect(await compileForHost(asserts, ["-fsyntax-only"])).toMatchObject({ exitCode: 0, stderr: "" });
  });
});

test("kernel threads have PF_KTHREAD, this process has not", async () => {
  const kthread = Number((await constantsOf("lbc_sched.h")).find(({ name }) => name === "PF_KTHREAD")?.value);
  /** Field 9 of /proc/PID/stat; the second, the name, may hold spaces. @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
  const flags = async (pid: string): Promise<number> => Number((await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]?.split(" ")[6]);
  expect((await flags("2")) & kthread).toBe(kthread);
  expect((await flags("self")) & kthread).toBe(0);
});
