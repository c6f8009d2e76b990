/**
 * `node smoke.ts [--libbpf] [FOLDER]`: which BPF objects (those in Debian's libbpf-tools by default) this kernel loads from us, and which of
 * them attach; with `--libbpf` beside what libbpf does with the same bytes, which is then the measure: exit code 1 where it does more.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LbcError } from "@lbc/core";
import { OpenObject } from "../index.ts";
import { objectsIn } from "./embedded-objects.test.support.ts";

/** In the order of how far an object got. */
const outcomes = ["refused", "loaded", "attached"] as const;
type Outcome = (typeof outcomes)[number];

function ours(name: string, bytes: Uint8Array): { readonly outcome: Outcome; readonly problem: string } {
  let outcome: Outcome = "refused";
  try {
    using loaded = OpenObject.open(bytes, { name }).load();
    outcome = "loaded";
    loaded.attach();
    return { outcome: "attached", problem: "" };
  } catch (error) {
    return { outcome, problem: error instanceof LbcError ? error.describe() : String(error) };
  }
}

/** Of the exit codes of `libbpf/attach.c`. */
const theirOutcomes: Readonly<Record<number, Outcome>> = { 0: "attached", 1: "refused", 2: "loaded" };

function buildPeer(folder: string): (bytes: Uint8Array) => Outcome {
  const source = fileURLToPath(new URL("libbpf/attach.c", import.meta.url));
  execFileSync("cc", ["-Wall", "-Wextra", "-Werror", "-O1", "-o", join(folder, "attach"), source, "-lbpf"]);
  return (bytes) => {
    const file = join(folder, "object.bpf.o");
    writeFileSync(file, bytes);
    const { status } = spawnSync(join(folder, "attach"), [file]);
    const outcome = theirOutcomes[status ?? -1];
    if (outcome === undefined) throw new Error(`the peer ended with ${status}`);
    return outcome;
  };
}

const folder = process.argv.slice(2).find((argument) => !argument.startsWith("--")) ?? "/usr/sbin";
const scratch = mkdtempSync(join(tmpdir(), "lbc-smoke-"));
try {
  const theirs = process.argv.includes("--libbpf") ? buildPeer(scratch) : null;
  const results = objectsIn(folder).map(({ name, bytes }) => {
    const { outcome, problem } = ours(name, bytes);
    const peer = theirs?.(bytes) ?? null;
    console.log([outcome.padEnd(8), ...(peer === null ? [] : [peer.padEnd(8)]), name, problem].join("  ").trimEnd());
    return { outcome, peer };
  });
  const count = (wanted: Outcome, of: readonly (Outcome | null)[]): number =>
    of.filter((outcome) => outcome !== null && outcomes.indexOf(outcome) >= outcomes.indexOf(wanted)).length;
  const line = (who: string, of: readonly (Outcome | null)[]): string =>
    `${who}: ${count("loaded", of)} loaded, ${count("attached", of)} attached, of ${results.length}`;
  console.log(
    line(
      "lbc",
      results.map(({ outcome }) => outcome),
    ),
  );
  if (theirs !== null)
    console.log(
      line(
        "libbpf",
        results.map(({ peer }) => peer),
      ),
    );
  const measure = ({ peer }: (typeof results)[number]): Outcome => peer ?? "attached";
  process.exitCode = results.every((result) => outcomes.indexOf(result.outcome) >= outcomes.indexOf(measure(result))) ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true });
}
