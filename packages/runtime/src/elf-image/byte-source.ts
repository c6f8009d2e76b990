import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** Bytes that are read where they are needed: a file that is too large to be read whole, or memory. */
export interface ByteSource {
  /** In bytes. */
  readonly size: number;
  /** Fewer than `size` bytes where the source ends before. */
  read(offset: number, size: number): Uint8Array;
}

export function bytesSource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (offset, size) => bytes.subarray(offset, offset + size) };
}

/** Lends an open file. Throws as node:fs does where it cannot be opened. */
export function withFile<T>(path: string, use: (source: ByteSource) => T): T {
  const fd = openSync(path, "r");
  try {
    return use({ size: fstatSync(fd).size, read: (offset, size) => readRange(fd, offset, size) });
  } finally {
    closeSync(fd);
  }
}

/** Bytes of a file (of /proc/PID/mem among others, where positions lie beyond 2^53), or with null those that come next. Throws as node:fs does. */
export function readRange(fd: number, offset: number | bigint | null, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const count = readSync(fd, bytes, 0, size, offset);
  return bytes.subarray(0, count);
}
