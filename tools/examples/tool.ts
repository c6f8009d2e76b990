/** Something that a tool has to see, and who else tells what it was. */
export interface Workload extends AsyncDisposable {
  /** Arguments of the tool: it looks at this workload only. */
  readonly args: readonly string[];
  /** Lets it happen while the tool runs. Gives the check of what the tool printed: every difference, in words. */
  run(): Promise<Check>;
}

/** While a tool runs, what it prints at its end is no difference yet; `hasEnded` is true unless told. */
export type Check = (output: string, hasEnded?: boolean) => readonly string[];

/** One of the tools in examples/. */
export interface Tool {
  readonly name: string;
  /** Whether it prints as things happen, or all at its end. */
  readonly prints: "events" | "report";
  prepare(): Promise<Workload>;
}
