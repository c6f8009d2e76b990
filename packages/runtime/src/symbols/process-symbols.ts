import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import { bytesSource, readRange } from "../elf-image/index.ts";
import { ImageSymbols } from "./image-symbols.ts";
import { PerfMap } from "./perf-map.ts";
import { type Mapping, parseMaps } from "./process-maps.ts";
import { type AddressSymbol, unknownSymbol } from "./symbol.ts";

/** Files that processes share are read once; null stands for one that has no symbols or cannot be read. */
export type Images = Map<string, ImageSymbols | null>;

/** The [vdso] is a few pages. */
const largestVdso = 1n << 20n;

/** The functions of a running process: those of the files that it maps, of the [vdso], and of its just-in-time compiler. */
export class ProcessSymbols {
  readonly pid: number;
  readonly #images: Images;
  #mappings: readonly Mapping[] = [];
  #perfMap: { readonly bytes: number; readonly map: PerfMap } | null = null;

  constructor(pid: number, images: Images = new Map()) {
    this.pid = pid;
    this.#images = images;
    this.#readMappings();
  }

  /** Never throws: an address without a name keeps the path of its file, and has nothing once the process is gone. */
  resolve(address: bigint): AddressSymbol {
    const mapping = this.#mappingOf(address) ?? (this.#readMappings() ? this.#mappingOf(address) : undefined);
    if (mapping === undefined) return unknownSymbol(address);
    const module = mapping.path === "" ? null : mapping.path;
    const found =
      module === null || mapping.path.startsWith("//anon")
        ? this.#perfMapNow()?.find(address)
        : this.#image(mapping)?.find(Number(address - mapping.start) + mapping.offset);
    return found === null || found === undefined ? unknownSymbol(address, module) : { address, ...found, module };
  }

  #mappingOf(address: bigint): Mapping | undefined {
    return this.#mappings.find(({ start, end }) => address >= start && address < end);
  }

  /** What was known stays where the process is gone. */
  #readMappings(): boolean {
    const text = readText(`/proc/${this.pid}/maps`);
    if (text !== null && text !== "") this.#mappings = parseMaps(text);
    return text !== null;
  }

  #image(mapping: Mapping): ImageSymbols | null {
    const key = `${mapping.identity} ${mapping.path}`;
    const known = this.#images.get(key);
    if (known !== undefined) return known;
    const image = mapping.path === "[vdso]" ? this.#readVdso(mapping) : this.#readFile(mapping);
    this.#images.set(key, image);
    return image;
  }

  /** By the mapping where we may (which finds deleted and replaced files as well), else by the path that the process sees. */
  #readFile(mapping: Mapping): ImageSymbols | null {
    if (!mapping.path.startsWith("/")) return null;
    const range = `${mapping.start.toString(16)}-${mapping.end.toString(16)}`;
    const paths = [`/proc/${this.pid}/map_files/${range}`];
    if (!mapping.path.endsWith(" (deleted)")) paths.push(`/proc/${this.pid}/root${mapping.path}`);
    for (const path of paths) {
      const image = attempt(() => ImageSymbols.read(path));
      if (image !== null) return image;
    }
    return null;
  }

  #readVdso({ start, end }: Mapping): ImageSymbols | null {
    if (end - start > largestVdso) return null;
    return attempt(() => {
      const fd = openSync(`/proc/${this.pid}/mem`, "r");
      try {
        return ImageSymbols.of(bytesSource(readRange(fd, start, Number(end - start))), "[vdso]");
      } finally {
        closeSync(fd);
      }
    });
  }

  /** Read anew when it has grown. */
  #perfMapNow(): PerfMap | null {
    const status = readText(`/proc/${this.pid}/status`);
    if (status === null) return this.#perfMap?.map ?? null;
    const pidInside = /^NSpid:.*?(\d+)$/m.exec(status)?.[1] ?? `${this.pid}`;
    const path = `/proc/${this.pid}/root/tmp/perf-${pidInside}.map`;
    const bytes = statSync(path, { throwIfNoEntry: false })?.size;
    if (bytes === undefined) return null;
    if (this.#perfMap?.bytes !== bytes) this.#perfMap = { bytes, map: new PerfMap(readText(path) ?? "") };
    return this.#perfMap.map;
  }
}

/** Null where a process or file is gone, may not be read or is no ELF file: then there are no names, which is no error here. */
function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

const readText = (path: string): string | null => attempt(() => readFileSync(path, "utf8"));
