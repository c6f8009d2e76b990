import { writeOutput } from "@lbc/build/object";
import { fetchKernel, type Kernel, kernels as known, ownKernel } from "@lbc/kernels";
import { type Io, usesColor } from "../io.ts";
import { type ExitCode, exitCodes, reportError } from "../report.ts";
import { parseDuration } from "../run/duration.ts";
import { TestError } from "./errors.ts";
import { testInGuest } from "./guests.ts";
import { testHere } from "./here.ts";
import { renderJunit, renderTable, summary } from "./report.ts";
import { checksOf, type KernelResult } from "./result.ts";
import { readSubject } from "./subject.ts";

export interface TestOptions {
  /** Debian's, by version. */
  readonly kernels: readonly string[];
  /** Images that the user brings. */
  readonly images: readonly string[];
  /** lib/modules/RELEASE of those images. */
  readonly modules?: string;
  readonly command: readonly string[];
  readonly duration: string;
  readonly timeout: string;
  readonly requireEvents: boolean;
  readonly junit?: string;
  readonly json: boolean;
}

/** `lbc test`: does a program load, attach and see events on each kernel? */
export async function test(path: string, options: TestOptions, io: Io): Promise<ExitCode> {
  const { json, requireEvents, command } = options;
  try {
    const duration = parseDuration(options.duration, "duration");
    const timeout = parseDuration(options.timeout, "timeout") / 1000;
    const versions = versionsOf(options.kernels);
    const color = !json && usesColor(io.stderr, io.env);
    const subject = await readSubject(path, io, color);
    const results: KernelResult[] = [];
    const images = await Promise.all(options.images.map((image) => ownKernel(image, options.modules)));
    if (versions.length + images.length === 0) results.push(await testHere(subject.object, subject.layout, { command, duration }));
    const inGuest = async (kernel: Kernel): Promise<void> => {
      if (!json) io.stderr.write(`lbc: testing on ${kernel.release} in QEMU\n`);
      results.push(await testInGuest(kernel, subject, { command, duration, timeout }));
    };
    for (const version of versions) await inGuest(await fetchKernel(version));
    for (const image of images) await inGuest(image);
    if (options.junit !== undefined)
      await writeOutput(options.junit, Buffer.from(renderJunit(results, subject.layout.object.name, requireEvents)));
    io.stdout.write(
      json
        ? `${JSON.stringify({ object: subject.layout.object.name, kernels: results })}\n`
        : renderTable(results, requireEvents, usesColor(io.stdout, io.env)) + summary(results, requireEvents),
    );
    const passed = results.every((result) => checksOf(result, requireEvents).every(({ failure }) => failure === null));
    return passed ? exitCodes.done : exitCodes.failed;
  } catch (error) {
    return reportError(error, io, json);
  }
}

function versionsOf(wanted: readonly string[]): readonly string[] {
  if (wanted.includes("all")) return Object.keys(known);
  for (const version of wanted) {
    if (known[version] === undefined)
      throw new TestError("bad-kernel", { message: `no kernel ${version}`, hint: `those known are ${Object.keys(known).join(", ")}, all` });
  }
  return wanted;
}
