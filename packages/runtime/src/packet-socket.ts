import { RuntimeError } from "./errors.ts";
import { systemError } from "./sys/errno.ts";
import { linuxSys } from "./sys/linux.ts";
import type { Sys } from "./sys/sys.ts";

/**
 * A raw socket that receives every packet of a network interface, for socket filters; one that returns 0 for every packet is shown them
 * all, and nothing stays for the socket. Close it, or declare it with `using`.
 */
export class PacketSocket implements Disposable {
  /** What `attach({ socket })` takes. */
  readonly fd: number;
  readonly #sys: Sys;
  #closed = false;

  private constructor(fd: number, sys: Sys) {
    this.fd = fd;
    this.#sys = sys;
  }

  /** Throws RuntimeError `no-such-target` where there is no such interface, and `no-permission` without CAP_NET_RAW. */
  static open(name: string, sys: Sys = linuxSys()): PacketSocket {
    const index = sys.interfaceIndex(name);
    if (index === 0) throw new RuntimeError("no-such-target", { message: `there is no network interface ${name}` });
    const fd = sys.openPacketSocket(index);
    if (fd < 0) throw systemError(fd, "system-call-failed", `opening a packet socket on ${name}`);
    return new PacketSocket(fd, sys);
  }

  /** May be called again. */
  close(): void {
    if (!this.#closed) this.#sys.close(this.fd);
    this.#closed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
