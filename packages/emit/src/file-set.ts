/** One file of a generator's output. */
export interface OutputFile {
  /** Relative, with forward slashes. */
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** The output of a generator: files by path, nothing written yet. */
export class FileSet implements Iterable<OutputFile> {
  readonly #files = new Map<string, string | Uint8Array>();

  /** Adds a file. Throws where the path is taken, absolute, or leaves the folder. */
  add(path: string, content: string | Uint8Array): this {
    if (path.startsWith("/") || path.includes("\\") || path.split("/").includes("..")) throw new RangeError(`not a relative path: ${path}`);
    if (this.#files.has(path)) throw new RangeError(`two files for one path: ${path}`);
    this.#files.set(path, content);
    return this;
  }

  get(path: string): string | Uint8Array | undefined {
    return this.#files.get(path);
  }

  /** The same files below a folder. */
  below(folder: string): FileSet {
    return FileSet.merge([this], (path) => `${folder}/${path}`);
  }

  static merge(sets: Iterable<FileSet>, rename: (path: string) => string = (path) => path): FileSet {
    const merged = new FileSet();
    for (const set of sets) for (const file of set) merged.add(rename(file.path), file.content);
    return merged;
  }

  /** Sorted by path, so that output is reproducible. */
  *[Symbol.iterator](): Iterator<OutputFile> {
    for (const path of [...this.#files.keys()].sort()) yield { path, content: this.#files.get(path) ?? "" };
  }
}
