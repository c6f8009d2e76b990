import { existsSync } from "node:fs";

/**
 * BCC wants the headers of the running kernel. Where it has none, it is shown those that are installed, in a mount namespace of its own:
 * enough for programs that take nothing of the kernel but what all kernels have alike.
 */
export function withHeaders(...command: readonly string[]): string[] {
  const script = `k=$(ls -d /lib/modules/*/build | head -n 1); b=$(readlink -f "$k"); s=$(readlink -f "\${k%build}source")
mount -t tmpfs tmpfs /lib/modules && mkdir "/lib/modules/$(uname -r)" && cd "/lib/modules/$(uname -r)" && ln -s "$b" build && ln -s "$s" source
exec "$@"`;
  return existsSync("/lib/modules")
    ? ["unshare", "-m", "sh", "-c", `[ -e "/lib/modules/$(uname -r)/build" ] || { ${script}; }; exec "$@"`, "sh", ...command]
    : [...command];
}
