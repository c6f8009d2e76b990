/** The bytes of an object that is embedded as base64. */
export function decodeObject(base64: string): Uint8Array {
  return Buffer.from(base64, "base64");
}

/** What `open()` can change of a map. */
export interface MapOptions {
  /** Entries, or bytes for ring buffers. */
  readonly maxEntries?: number;
  /** Of perf event arrays: pages of ring buffer for each CPU, a power of two. */
  readonly pagesPerCpu?: number;
}

/** What `open()` can change of a program. */
export interface ProgramOptions {
  /** Whether `load()` loads it. */
  readonly autoload?: boolean;
  /** Whether `attach()` attaches it. */
  readonly autoattach?: boolean;
}

/** Hands each part of an open object the options that bear its name. */
export function configure<Parts extends object>(parts: Parts, options: { readonly [Name in keyof Parts]?: object } | undefined): void {
  for (const name of Object.keys(options ?? {}) as (keyof Parts)[]) Object.assign(parts[name] as object, options?.[name]);
}
