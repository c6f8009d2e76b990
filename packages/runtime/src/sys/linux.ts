import { readFileSync, statSync } from "node:fs";
import { endianness, release } from "node:os";
import koffi from "koffi";
import { RuntimeError } from "../errors.ts";
import { directBpf } from "./direct-bpf.ts";
import { type LibcFunctions, libcFunctions } from "./libc.ts";
import type { Memory, Poll, Sys } from "./sys.ts";

/** `__NR_bpf` and `__NR_perf_event_open`. @see arch syscall tables */
const numbers: Readonly<Record<string, { readonly bpf: number; readonly perfEventOpen: number }>> = {
  x64: { bpf: 321, perfEventOpen: 298 },
  arm64: { bpf: 280, perfEventOpen: 241 },
  riscv64: { bpf: 280, perfEventOpen: 241 },
  loong64: { bpf: 280, perfEventOpen: 241 },
  s390x: { bpf: 351, perfEventOpen: 331 },
  ppc64: { bpf: 361, perfEventOpen: 319 },
};

/** `__NR_pidfd_open`, the same everywhere. */
const pidfdOpen = 434;
const protRead = 1;
const protWrite = 2;
const mapShared = 1;
const mapPrivate = 2;
const mapFixed = 0x10;
/** `sizeof(sigset_t)`, SIG_BLOCK and SIG_SETMASK of libc. */
const signalSetSize = 128;
const blockSignals = 0;
const setSignals = 2;
/** O_CLOEXEC, with which O_RDONLY goes, and O_NONBLOCK. */
const closeOnExec = 0o2000000;
const nonBlock = 0o4000;
/** AF_NETLINK and SOCK_RAW; an answer of the kernel is a page at most. */
const netlinkFamily = 16;
const rawSocket = 3;
/** AF_PACKET, ETH_P_ALL in network byte order, and the size of a `struct sockaddr_ll`. @see include/uapi/linux/if_packet.h */
const packetFamily = 17;
const allPackets = endianness() === "LE" ? 0x0300 : 0x0003;
const packetAddressSize = 20;
const longestAnswer = 1 << 15;
/** RLIMIT_MEMLOCK and RLIM_INFINITY. @see include/uapi/asm-generic/resource.h */
const lockedMemory = 8;
const infinity = 0xffff_ffff_ffff_ffffn;
/** CLOCK_*. @see include/uapi/linux/time.h */
const clocks = { realtime: 0, monotonic: 1, boottime: 7 } as const;

let shared: Sys | null = null;

/** The running system, made on first use. Throws RuntimeError `not-linux`. */
export function linuxSys(): Sys {
  shared ??= systemOf(process.platform, process.arch);
  return shared;
}

/** The system of this process, if it is one of these. Throws RuntimeError `not-linux`. */
export function systemOf(platform: string, arch: string): Sys {
  const call = numbers[arch];
  if (platform !== "linux" || call === undefined) {
    throw new RuntimeError("not-linux", {
      message: `BPF programs load on Linux only; this is ${platform} on ${arch}`,
      hint: "reading objects and generating code work everywhere",
    });
  }
  const libc = koffi.load(null);
  const bpf = libc.func("long syscall(long number, int command, void *attr, unsigned int size)");
  const bpfAt = libc.func("syscall", "int", ["int", "int", "uintptr_t", "int"]);
  const perf = libc.func("syscall", "long", ["long", "void *", "int", "int", "int", "unsigned long"]);
  const pidfd = libc.func("syscall", "long", ["long", "int", "unsigned int"]);
  const functions = libcFunctions(libc);
  const result = (value: number): number => (value < 0 ? -koffi.errno() : value);
  const bySyscall: Sys["bpfAt"] = (command, attr, size) => result(bpfAt(call.bpf, command, attr, size));
  let again: Sys["bpfAt"] | null = null;
  return {
    endianness: endianness() === "LE" ? "little" : "big",
    loadsInOrder: arch === "x64" || arch === "s390x",
    pageSize: functions.getpagesize(),
    release: release(),
    bpf: (command, attr) => result(bpf(call.bpf, command, attr, attr.length)),
    bpfAt: (command, attr, size) => {
      again ??= directBpf(functions, arch) ?? bySyscall;
      return again(command, attr, size);
    },
    withSignalsBlocked: (run) => {
      const before = new Uint8Array(signalSetSize);
      functions.pthread_sigmask(blockSignals, new Uint8Array(signalSetSize).fill(0xff), before);
      try {
        return run();
      } finally {
        functions.pthread_sigmask(setSignals, before, null);
      }
    },
    perfEventOpen: (attr, pid, cpu, group, flags) => result(perf(call.perfEventOpen, attr, pid, cpu, group, flags)),
    ioctl: (fd, request, argument) => result(functions.ioctl(fd, request, argument)),
    setsockopt: (fd, level, option, value) => result(functions.setsockopt(fd, level, option, value, value.length)),
    open: (path, options = {}) => result(functions.open(path, closeOnExec | (options.nonBlocking === true ? nonBlock : 0))),
    openProcess: (pid) => result(pidfd(pidfdOpen, pid, 0)),
    close: (fd) => result(functions.close(fd)),
    unlink: (path) => result(functions.unlink(path)),
    mmap: (fd, length, offset, access, wanted = 0n) => {
      const protection = access === "read" ? protRead : protRead | protWrite;
      const flags = wanted === 0n ? mapShared : mapShared | mapFixed;
      const address = BigInt(functions.mmap(wanted, length, protection, flags, fd, offset));
      if (BigInt.asIntN(64, address) === -1n) return -koffi.errno();
      return new Mapping(koffi.view(address, length), address, () => functions.munmap(address, length));
    },
    address: (buffer) => (buffer.length === 0 ? 0n : koffi.address(buffer)),
    poll: makePoll,
    readFile,
    mapFile: fileMapper(functions),
    askRouting: (message) => {
      const fd = result(functions.socket(netlinkFamily, rawSocket | closeOnExec, 0));
      if (fd < 0) return fd;
      try {
        const answer = new Uint8Array(longestAnswer);
        const sent = result(functions.send(fd, message, message.length, 0));
        const received = sent < 0 ? sent : result(functions.recv(fd, answer, answer.length, 0));
        return received < 0 ? received : answer.subarray(0, received);
      } finally {
        functions.close(fd);
      }
    },
    openPacketSocket: (interfaceIndex) => {
      const fd = result(functions.socket(packetFamily, rawSocket | closeOnExec | nonBlock, allPackets));
      const bound = fd < 0 ? fd : result(functions.bind(fd, packetAddress(interfaceIndex), packetAddressSize));
      if (bound < 0 && fd >= 0) functions.close(fd);
      return bound < 0 ? bound : fd;
    },
    liftLockedMemory: () => result(functions.setrlimit(lockedMemory, new BigUint64Array(2).fill(infinity))),
    clock: (clock) => {
      const time = new BigInt64Array(2);
      functions.clock_gettime(clocks[clock], time);
      return (time[0] ?? 0n) * 1_000_000_000n + (time[1] ?? 0n);
    },
    interfaceIndex: (name) => functions.if_nametoindex(name),
  };
}

/** `struct sockaddr_ll` of all packets on an interface. */
function packetAddress(interfaceIndex: number): Uint8Array {
  const little = endianness() === "LE";
  const address = new DataView(new ArrayBuffer(packetAddressSize));
  address.setUint16(0, packetFamily, little);
  address.setUint16(2, allPackets, little);
  address.setInt32(4, interfaceIndex, little);
  return new Uint8Array(address.buffer);
}

class Mapping implements Memory {
  readonly buffer: ArrayBuffer;
  readonly address: bigint;
  readonly #munmap: () => void;

  constructor(buffer: ArrayBuffer, address: bigint, munmap: () => void) {
    this.buffer = buffer;
    this.address = address;
    this.#munmap = munmap;
  }

  unmap(): void {
    if (this.buffer.detached) return;
    this.buffer.transfer();
    this.#munmap();
  }
}

function makePoll(fd: number, readable: () => void): Poll {
  const handle = koffi.node.poll(fd, { readable: true }, () => readable());
  handle.stop();
  return {
    start: () => handle.start({ readable: true }, () => readable()),
    stop: () => handle.stop(),
    close: () => handle.close(),
  };
}

/** Files stay mapped: somebody may still look at what was given. */
function fileMapper({ open, close, mmap }: LibcFunctions): Sys["mapFile"] {
  const mapped = new Map<string, Uint8Array>();
  return (path) => {
    const known = mapped.get(path);
    if (known !== undefined) return known;
    const length = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    const fd = length === 0 ? -1 : open(path, closeOnExec);
    if (fd < 0) return null;
    const address = BigInt(mmap(0n, length, protRead, mapPrivate, fd, 0));
    close(fd);
    if (BigInt.asIntN(64, address) === -1n) return null;
    const bytes = new Uint8Array(koffi.view(address, length));
    mapped.set(path, bytes);
    return bytes;
  };
}

function readFile(path: string): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}
