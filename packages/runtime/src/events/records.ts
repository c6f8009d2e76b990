/** Records where they lie in mapped memory: what a source found, for one look at them. */
export class Records {
  length = 0;
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Of the first byte of each record's data, in `view`. */
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** In bytes. */
  readonly sizes: Uint32Array<ArrayBuffer>;
  readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.offsets = new Uint32Array(capacity);
    this.sizes = new Uint32Array(capacity);
  }
}

/** Where records come from: the memory that a kind of map shares with user space. */
export interface RecordSource {
  /** Become readable when there are records. */
  readonly fds: readonly number[];
  /** Records that the kernel dropped, as far as it told so yet. */
  readonly lost: number;
  /** Before the first `take` of a reading: somebody else may have read since the last one. */
  begin(): void;
  /** Finds records that are complete, as many as fit and lie in one piece of memory; their memory stays theirs until `release`. Throws `already-reading`. */
  take(records: Records): void;
  /** Gives the kernel the memory of the first `count` records that were taken last. Throws `already-reading` where somebody else took them too. */
  release(records: Records, count: number): void;
  /** Unmaps and closes. */
  close(): void;
}
