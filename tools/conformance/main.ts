import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  compileObjectFixtures,
  type Disagreement,
  kernelDeclarations,
  type Outcome,
  type PeerHeader,
  readFixture,
  runDeclarations,
  runObjects,
  runRandom,
  typeFixtures,
} from "../../packages/conformance/src/index.ts";
import { corpusObjects } from "../corpus/objects.ts";
import { type Options, parseOptions } from "./options.ts";
import { comparePeers } from "./peers/index.ts";

/** Values for each type: zeros, ones, a walking bit, and the rest at random. */
const vectors = { fixtures: 8, others: 5 };
const bothOrders = ["little", "big"] as const;

const options = parseOptions(process.argv.slice(2));
const started = performance.now();
const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(0)} s`;
let failed = false;
if (options.fixtures) failed = (await compareFixtures(options)) || failed;
if (options.objects !== null) failed = (await compareObjects(options, options.objects)) || failed;
if (options.random > 0) failed = (await compareRandom(options)) || failed;
if (options.peers) await comparePeers(options.languages, options.seed);
process.exitCode = failed ? 1 : 0;

async function compareFixtures({ languages, seed }: Options): Promise<boolean> {
  const fixtures = [...(await Promise.all(typeFixtures.map(readFixture))), await kernelDeclarations()];
  const outcome = await runDeclarations(fixtures, { languages, endiannesses: bothOrders, vectors: vectors.fixtures, seed });
  console.log(`declarations: ${typeFixtures.length} files and the kernel's, ${outcome.types} types, ${seconds()}`);
  const objects = await runObjectFixtures({ languages, seed });
  return report(options, [...outcome.disagreements, ...objects.disagreements]);
}

async function runObjectFixtures({ languages, seed }: Pick<Options, "languages" | "seed">): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "lbc-fixtures-"));
  try {
    const objects = await compileObjectFixtures(folder);
    const outcome = await runObjects(objects, { languages, vectors: vectors.fixtures, seed });
    for (const refused of outcome.refused) console.log(`refused: ${refused}`);
    console.log(`objects: ${objects.length} of fixtures, ${outcome.types} types, ${seconds()}`);
    return outcome;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function compareObjects({ languages, seed }: Options, folder: string | undefined): Promise<boolean> {
  const objects = await corpusObjects(folder);
  const outcome = await runObjects(objects, { languages, vectors: vectors.others, seed });
  for (const refused of outcome.refused) console.log(`refused: ${refused}`);
  console.log(`objects: ${objects.length - outcome.refused.length} of ${objects.length}, ${outcome.types} types, ${seconds()}`);
  reportPeers(outcome.peers);
  return report(options, outcome.disagreements);
}

/** Mistakes of bpftool's headers are told, and are none of ours. */
function reportPeers(peers: readonly PeerHeader[]): void {
  const taken = peers.filter(({ refused }) => refused === null);
  const wrong = taken.filter((peer) => peer.wrong.length > 0);
  for (const { unit, refused } of peers) {
    if (refused !== null) console.log(`bpftool's header: ${unit}: ${refused.split("\n").find((line) => /error/.test(line)) ?? refused}`);
  }
  for (const peer of wrong) for (const type of peer.wrong) console.log(`bpftool's header: ${peer.unit}: ${type}`);
  console.log(`bpftool's header: clang takes ${taken.length} of ${peers.length}, ${taken.length - wrong.length} are laid out as BTF says`);
}

async function compareRandom({ languages, random: count, seed, batch, jobs, from }: Options): Promise<boolean> {
  console.log(`random: ${count} types, --seed ${seed}`);
  const progress = (done: number): void => console.log(`random: ${done}/${count}, ${seconds()}`);
  const failure = await runRandom({
    languages,
    endiannesses: bothOrders,
    vectors: vectors.others,
    count,
    from,
    seed,
    batch,
    jobs,
    progress,
  });
  if (failure === null) return report(options, []);
  console.log(`\nthe smallest type that fails:\n\n${failure.declaration}`);
  return report(options, failure.disagreements);
}

/** A line for each language, and the first few differences; whether there are any. */
function report({ languages }: Options, disagreements: readonly Disagreement[]): boolean {
  const shown = 20;
  for (const { unit, root, endianness, by, what } of disagreements.slice(0, shown)) {
    console.log(`${by}: ${root ?? unit} (${unit}, ${endianness} endian): ${what.slice(0, 2000)}`);
  }
  for (const by of ["layout", ...languages]) {
    const count = disagreements.filter((disagreement) => disagreement.by === by).length;
    console.log(`${by}: ${count === 0 ? "agrees with clang" : `${count} differences`}`);
  }
  return disagreements.length > 0;
}
