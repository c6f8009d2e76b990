import type { AttachKind, Program as Declared, ProgramType } from "@lbc/core/object";
import { attachProgram, knowsItsTarget } from "../attach/attach.ts";
import { type Link, ProgramLink } from "../attach/link.ts";
import type { UsdtSpecs } from "../attach/usdt-specs.ts";
import type { AttachTargets } from "../attach-target.ts";
import { Descriptor } from "../bpf/descriptor.ts";
import { RuntimeError } from "../errors.ts";
import type { Sys } from "../sys/sys.ts";
import type { Verified } from "./load-program.ts";
import { type TestRunInput, type TestRunResult, testRun } from "./test-run.ts";

export interface Program<Kind extends AttachKind["kind"] = AttachKind["kind"]> {
  readonly name: string;
  readonly type: ProgramType;
  /** Throws `not-loaded` where autoload was off. */
  readonly fd: number;
  /** What the verifier said of it, where its `logLevel` asked for that; else "". */
  readonly log: string;
  /** Without a target: to what the section in the source says. The link belongs to the object, and may be closed before it. */
  attach(target?: AttachTargets[Kind]): Link;
  /** Runs the program once or `repeat` times, without attaching it. Throws `test-run-failed`. */
  testRun(input?: TestRunInput): TestRunResult;
}

export class LoadedProgram implements Program, Disposable {
  readonly name: string;
  readonly type: ProgramType;
  readonly log: string;
  readonly #sys: Sys;
  readonly #declared: Declared;
  readonly #autoattach: boolean;
  readonly #usdtSpecs: UsdtSpecs | null;
  readonly #descriptor: Descriptor | null;
  readonly #links = new Set<ProgramLink>();

  /** `fd` is -1 where the program was not loaded. */
  constructor(sys: Sys, declared: Declared, { fd, log }: Verified, autoattach: boolean, usdtSpecs: UsdtSpecs | null) {
    this.name = declared.name;
    this.type = declared.type;
    this.log = log;
    this.#sys = sys;
    this.#declared = declared;
    this.#autoattach = autoattach;
    this.#usdtSpecs = usdtSpecs;
    this.#descriptor = fd < 0 ? null : new Descriptor(sys, fd, `program ${declared.name}`);
  }

  get fd(): number {
    if (this.#descriptor === null) {
      throw new RuntimeError("not-loaded", {
        type: this.name,
        message: `program ${this.name} was not loaded`,
        hint: "set its autoload before load",
      });
    }
    return this.#descriptor.fd;
  }

  /** Null where the program was not loaded. */
  get loadedFd(): number | null {
    return this.#descriptor?.fd ?? null;
  }

  get links(): readonly Link[] {
    return [...this.#links];
  }

  /** Whether the object's `attach()` has to attach it: not where it has a link already. */
  get attachesByItself(): boolean {
    return this.#descriptor !== null && this.#autoattach && this.#links.size === 0 && knowsItsTarget(this.#declared);
  }

  attach(target?: AttachTargets[AttachKind["kind"]]): Link {
    const attachment = attachProgram({ sys: this.#sys, program: this.#declared, fd: this.fd, usdtSpecs: this.#usdtSpecs }, target);
    const link = new ProgramLink(this.#sys, this.name, attachment, (closed) => this.#links.delete(closed));
    this.#links.add(link);
    return link;
  }

  testRun(input: TestRunInput = {}): TestRunResult {
    return testRun(this.#sys, this, input);
  }

  [Symbol.dispose](): void {
    for (const link of this.#links) link.close();
    this.#descriptor?.[Symbol.dispose]();
  }
}
