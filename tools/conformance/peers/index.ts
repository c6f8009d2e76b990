import { copyFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Language, objectName, readLayout } from "@lbc/build";
import { compileFixtures, type Disagreement, runObjects } from "../../../packages/conformance/src/index.ts";
import { peers } from "../../bench/peers.ts";
import { corpusObjects } from "../../corpus/objects.ts";
import { scratch } from "../../paths.ts";
import { Bpf2go } from "./bpf2go.ts";
import { compilesAlone, judgeBpftool } from "./bpftool.ts";
import { expectedOf } from "./expected.ts";
import { LibbpfCargo } from "./libbpf-cargo.ts";
import { type Row, reportRows } from "./report.ts";
import { right, type Verdict } from "./verdict.ts";

/** Runs the generators of others on all fixtures, in this machine's byte order, and prints how far each comes, beside lbc. */
export async function comparePeers(languages: readonly Language[], seed: number): Promise<void> {
  const parent = join(scratch, "conformance");
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, "peers-"));
  try {
    await compileFixtures(join(folder, "objects"), ["little"]);
    const objects = await corpusObjects(join(folder, "objects"));
    const rows = await judgePeers(objects, folder);
    const { disagreements } = await runObjects(objects, { languages, vectors: 5, seed });
    console.log(reportRows([...ownRows(languages, objects.map(unitOf), disagreements), ...rows]));
  } finally {
    await rm(folder, { recursive: true });
  }
}

const unitOf = (object: string): string => objectName(basename(object)).replaceAll(/\W/g, "_");

async function judgePeers(objects: readonly string[], folder: string): Promise<Row[]> {
  const programs = await peers();
  const bpf2go = new Bpf2go(join(folder, "bpf2go"), programs.bpf2go);
  const libbpfCargo = new LibbpfCargo(join(folder, "libbpf-cargo"), programs.libbpfCargo);
  // hyphens in names of objects are spared to peers
  await mkdir(join(folder, "plain"));
  await bpf2go.prepare();
  await libbpfCargo.prepare();
  const [ofBpftool, ofBpf2go] = [new Map<string, Verdict>(), new Map<string, Verdict>()];
  let alone = 0;
  for (const object of objects) {
    const unit = unitOf(object);
    // a program's name cannot begin with a digit
    const key = `f_${unit}`;
    const plain = join(folder, "plain", `${unit}.bpf.o`);
    await copyFile(object, plain);
    const expected = expectedOf(readLayout(await readFile(object), { name: unit }).layout);
    const own = join(folder, "bpftool", key);
    await mkdir(own, { recursive: true });
    ofBpftool.set(key, await judgeBpftool(plain, expected, own));
    if (await compilesAlone(own)) alone++;
    ofBpf2go.set(key, await bpf2go.judge(key, plain, expected));
    await libbpfCargo.add(key, plain, expected);
  }
  return [
    { name: "bpftool", note: `${alone} compile without types that the user brings`, verdicts: ofBpftool },
    { name: "libbpf-cargo", note: "", verdicts: await libbpfCargo.judge() },
    { name: "bpf2go", note: "maps and variables have no types", verdicts: ofBpf2go },
  ];
}

/** lbc by the same measure, only stricter: values and bytes count as well. */
function ownRows(languages: readonly Language[], units: readonly string[], disagreements: readonly Disagreement[]): Row[] {
  return languages.map((language) => {
    const verdictFor = (unit: string): Verdict => {
      const found = disagreements.find(({ unit: other, by }) => other === unit && (by === language || by === "layout"));
      return found === undefined ? right : { reached: "wrong", why: found.what };
    };
    return { name: `lbc, ${language}`, note: "", verdicts: new Map(units.map((unit) => [unit, verdictFor(unit)])) };
  });
}
