import type { Clock, Memory, Poll, Sys } from "./sys.ts";

export interface FakeSystem {
  readonly release?: string;
  /** By path. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Answers bpf(2); a descriptor by default. */
  readonly bpf?: (command: number, attr: DataView, sys: FakeSys) => number | undefined;
  /** Answers perf_event_open(2); a descriptor by default. */
  readonly perfEventOpen?: (attr: DataView) => number | undefined;
  /** Answers netlink; nothing by default. */
  readonly askRouting?: (message: DataView) => Uint8Array;
  /** Nanoseconds; 0 by default. */
  readonly clock?: (clock: Clock) => bigint;
}

/** A system in which every call succeeds unless a test says otherwise, and which remembers what was asked. */
export class FakeSys implements Sys {
  readonly endianness = "little";
  readonly loadsInOrder: boolean = true;
  readonly pageSize = 4096;
  readonly release: string;
  readonly calls: { readonly command: number; readonly attr: DataView }[] = [];
  readonly ioctls: { readonly fd: number; readonly request: number; readonly argument: number }[] = [];
  readonly unlinked: string[] = [];
  signalsBlocked = false;
  memoryLimitLifted = false;
  readonly openFds = new Set<number>();
  readonly #system: FakeSystem;
  readonly #buffers = new Map<bigint, Uint8Array>();
  #nextFd = 100;
  #nextAddress = 0x1000n;

  constructor(system: FakeSystem) {
    this.#system = system;
    this.release = system.release ?? "6.1.0";
  }

  /** What an address in an attr points to. */
  at(address: bigint): Uint8Array {
    return this.#buffers.get(address) ?? new Uint8Array();
  }

  bpf(command: number, attr: Uint8Array): number {
    const copy = new DataView(attr.slice().buffer);
    this.calls.push({ command, attr: copy });
    const answer = this.#system.bpf?.(command, new DataView(attr.buffer, attr.byteOffset, attr.byteLength), this);
    return answer ?? (makesDescriptor.has(command) ? this.#descriptor() : 0);
  }

  bpfAt(command: number, attr: number): number {
    return this.bpf(command, this.at(BigInt(attr)));
  }

  withSignalsBlocked<T>(run: () => T): T {
    this.signalsBlocked = true;
    const result = run();
    this.signalsBlocked = false;
    return result;
  }

  perfEventOpen(attr: Uint8Array): number {
    return this.#system.perfEventOpen?.(new DataView(attr.buffer, attr.byteOffset)) ?? this.#descriptor();
  }

  ioctl(fd: number, request: number, argument: number): number {
    this.ioctls.push({ fd, request, argument });
    return 0;
  }

  setsockopt(): number {
    return 0;
  }

  open(path: string): number {
    return this.readFile(path) === null ? -2 : this.#descriptor();
  }

  openProcess(): number {
    return this.#descriptor();
  }
  close(fd: number): number {
    return this.openFds.delete(fd) ? 0 : -9;
  }

  mmap(_fd: number, length: number): Memory {
    const buffer = new ArrayBuffer(length);
    return { buffer, address: 0x7000_0000n, unmap: () => void (buffer.detached || buffer.transfer()) };
  }

  address(buffer: Uint8Array): bigint {
    if (buffer.length === 0) return 0n;
    const address = this.#nextAddress;
    this.#nextAddress += 0x1000n;
    this.#buffers.set(address, buffer);
    return address;
  }

  poll(): Poll {
    return { start: () => undefined, stop: () => undefined, close: () => undefined };
  }

  readFile(path: string): Uint8Array | null {
    const file = this.#system.files?.[path];
    return typeof file === "string" ? new TextEncoder().encode(file) : (file ?? null);
  }

  mapFile(): null {
    return null;
  }

  unlink(path: string): number {
    this.unlinked.push(path);
    return 0;
  }

  clock(clock: Clock): bigint {
    return this.#system.clock?.(clock) ?? 0n;
  }
  askRouting(message: Uint8Array): Uint8Array {
    return this.#system.askRouting?.(new DataView(message.buffer, message.byteOffset, message.byteLength)) ?? new Uint8Array();
  }
  openPacketSocket(): number {
    return this.#descriptor();
  }

  liftLockedMemory(): number {
    this.memoryLimitLifted = true;
    return 0;
  }

  interfaceIndex(): number {
    return 1;
  }

  #descriptor(): number {
    this.openFds.add(this.#nextFd);
    return this.#nextFd++;
  }
}

/** BPF_MAP_CREATE, _PROG_LOAD, _RAW_TRACEPOINT_OPEN, _BTF_LOAD, _BTF_GET_FD_BY_ID, _LINK_CREATE. */
const makesDescriptor = new Set([0, 5, 17, 18, 19, 28]);
