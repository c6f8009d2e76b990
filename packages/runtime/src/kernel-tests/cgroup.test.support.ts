import { readFileSync } from "node:fs";

/** Where cgroups of version 2 are mounted: /sys/fs/cgroup, or a folder in it where version 1 is still in use. */
export function cgroupRoot(): string {
  const mount = /^\S+ (\S+) cgroup2 /m.exec(readFileSync("/proc/mounts", "utf8"))?.[1];
  if (mount === undefined) throw new Error("no cgroups of version 2: mount -t cgroup2 cgroup2 /sys/fs/cgroup");
  return mount;
}
