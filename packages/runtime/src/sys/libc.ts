import type { LibraryHandle } from "koffi";

/** What the runtime calls in libc; a result below zero is a failure, whose number is in `koffi.errno()`. */
export interface LibcFunctions {
  getpagesize(): number;
  ioctl(fd: number, request: number, argument: number): number;
  setsockopt(fd: number, level: number, option: number, value: Uint8Array, length: number): number;
  open(path: string, flags: number): number;
  close(fd: number): number;
  unlink(path: string): number;
  mmap(address: bigint, length: number, protection: number, flags: number, fd: number, offset: number): number | bigint;
  mprotect(address: bigint, length: number, protection: number): number;
  munmap(address: bigint, length: number): number;
  setrlimit(resource: number, limit: BigUint64Array): number;
  clock_gettime(clock: number, time: BigInt64Array): number;
  socket(family: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  send(fd: number, bytes: Uint8Array, length: number, flags: number): number;
  recv(fd: number, bytes: Uint8Array, length: number, flags: number): number;
  if_nametoindex(name: string): number;
  pthread_sigmask(how: number, set: Uint8Array, before: Uint8Array | null): number;
}

export function libcFunctions(libc: LibraryHandle): LibcFunctions {
  return {
    getpagesize: libc.func("int getpagesize()"),
    ioctl: libc.func("int ioctl(int fd, unsigned long request, long argument)"),
    setsockopt: libc.func("int setsockopt(int fd, int level, int option, const void *value, unsigned int length)"),
    open: libc.func("int open(const char *path, int flags)"),
    close: libc.func("int close(int fd)"),
    unlink: libc.func("int unlink(const char *path)"),
    mmap: libc.func("uintptr_t mmap(uintptr_t address, size_t length, int protection, int flags, int fd, int64_t offset)"),
    mprotect: libc.func("int mprotect(uintptr_t address, size_t length, int protection)"),
    munmap: libc.func("int munmap(uintptr_t address, size_t length)"),
    pthread_sigmask: libc.func("int pthread_sigmask(int how, const void *set, _Out_ void *before)"),
    setrlimit: libc.func("int setrlimit(int resource, const void *limit)"),
    clock_gettime: libc.func("int clock_gettime(int clock, _Out_ void *time)"),
    socket: libc.func("int socket(int family, int type, int protocol)"),
    bind: libc.func("int bind(int fd, const void *address, unsigned int length)"),
    send: libc.func("long send(int fd, const void *bytes, size_t length, int flags)"),
    recv: libc.func("long recv(int fd, _Out_ void *bytes, size_t length, int flags)"),
    if_nametoindex: libc.func("unsigned int if_nametoindex(const char *name)"),
  };
}
