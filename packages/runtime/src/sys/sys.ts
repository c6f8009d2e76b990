/**
 * Everything that the runtime asks of the operating system, so that tests can put another one in its place. A call gives what the
 * system call gives, or the negative errno.
 */
export interface Sys {
  readonly endianness: "little" | "big";
  /** Whether the CPU never makes a later load before an earlier one: x86 and s390x do not, ARM and POWER do. */
  readonly loadsInOrder: boolean;
  /** In bytes. */
  readonly pageSize: number;
  /** `uname -r`. */
  readonly release: string;
  /** bpf(2): `attr` is the start of a `union bpf_attr`, which the kernel may write to. */
  bpf(command: number, attr: Uint8Array): number;
  /** The same for an `attr` that is used again and again: its address, as {@link address} gives it, costs a third less than its bytes. */
  bpfAt(command: number, attr: number, size: number): number;
  /** Runs a call that gives up when a signal is pending, such as those of a profiler; they are delivered afterwards. */
  withSignalsBlocked<T>(run: () => T): T;
  /** perf_event_open(2). */
  perfEventOpen(attr: Uint8Array, pid: number, cpu: number, group: number, flags: number): number;
  ioctl(fd: number, request: number, argument: number): number;
  setsockopt(fd: number, level: number, option: number, value: Uint8Array): number;
  /** For reading; `nonBlocking` gives -EAGAIN where a read would wait. */
  open(path: string, options?: { readonly nonBlocking?: boolean }): number;
  /** pidfd_open(2). */
  openProcess(pid: number): number;
  close(fd: number): number;
  /** A shared mapping, or the negative errno; at `address` instead of what is there, where one is given. */
  mmap(fd: number, length: number, offset: number, access: "read" | "read-write", address?: bigint): Memory | number;
  /** Where a buffer lies; the caller keeps it referenced for as long as the kernel may use the address. */
  address(buffer: Uint8Array): bigint;
  /** Calls back in the event loop, again and again, while the descriptor is readable and the poll is started. */
  poll(fd: number, readable: () => void): Poll;
  /** The bytes of a file; null where it does not exist or may not be read. */
  readFile(path: string): Uint8Array | null;
  /**
   * The same without a copy, for a file that never changes, such as the kernel's types: mapped once, for as long as the process lives.
   * Null where it cannot be mapped, as in /sys before Linux 6.16.
   */
  mapFile(path: string): Uint8Array | null;
  /** unlink(2): 0 or the negative errno. */
  unlink(path: string): number;
  /** Sends one message to the kernel's routing tables (NETLINK_ROUTE), and gives what it answers, or the negative errno of the socket. */
  askRouting(message: Uint8Array): Uint8Array | number;
  /** A socket that receives every packet of an interface, without waiting: socket(2) and bind(2) of packet(7). */
  openPacketSocket(interfaceIndex: number): number;
  /** setrlimit(2) of RLIMIT_MEMLOCK, of this process, to no limit. */
  liftLockedMemory(): number;
  /** clock_gettime(2), in nanoseconds. */
  clock(clock: Clock): bigint;
  /** if_nametoindex(3): 0 where there is no such interface. */
  interfaceIndex(name: string): number;
}

export type Clock = "realtime" | "monotonic" | "boottime";

export interface Memory {
  readonly buffer: ArrayBuffer;
  /** Where it begins. */
  readonly address: bigint;
  /** Detaches the buffer first: a view that was kept throws a TypeError and never touches unmapped memory. */
  unmap(): void;
}

/** Made stopped; keeps the process alive while it is started. */
export interface Poll {
  start(): void;
  stop(): void;
  /** For good, before the descriptor is closed. */
  close(): void;
}
