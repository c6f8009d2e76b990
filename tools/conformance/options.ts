import { parseArgs } from "node:util";
import { type Language, languages } from "@lbc/build";

export interface Options {
  /** How many random types. */
  readonly random: number;
  readonly seed: number;
  /** How many random types are built at once. */
  readonly batch: number;
  /** How many batches are under way at a time. */
  readonly jobs: number;
  /** Where among the random types to begin. */
  readonly from: number;
  /** A folder of objects; undefined for those of libbpf-tools; null where no objects are asked for. */
  readonly objects: string | undefined | null;
  /** Whether the hand-written fixtures are compared. */
  readonly fixtures: boolean;
  /** Whether the generators of others are run on the fixtures. */
  readonly peers: boolean;
  readonly languages: readonly Language[];
}

const usage = `usage: npm run conformance -- [--random N] [--seed S] [--batch N] [--jobs N] [--from N] [--objects DIR|cilium|libbpf-tools] [--peers] [--lang ${languages.join(",")}|all]

Compares what clang makes of C types with what generated code in each language makes of them: sizes, offsets, values, bytes, in both
byte orders. Without --random and --objects: the hand-written fixtures. --random: N types made from a seed (the time, unless told);
the first that fails is made as small as it can be; --from N goes on with a run that was stopped after N. --objects: all types that the objects of a folder reach.
--peers: how many of the fixtures bpftool, libbpf-cargo and bpf2go get right, beside lbc.`;

/** Ends the process on --help and on a wrong option. */
export function parseOptions(words: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        random: { type: "string" },
        seed: { type: "string" },
        batch: { type: "string" },
        jobs: { type: "string" },
        from: { type: "string" },
        objects: { type: "string" },
        peers: { type: "boolean" },
        lang: { type: "string" },
        help: { type: "boolean" },
      },
    });
    if (values.help === true) {
      console.log(usage);
      process.exit(0);
    }
    return {
      random: whole(values.random ?? "0"),
      seed: whole(values.seed ?? `${Date.now() % 2 ** 31}`),
      batch: whole(values.batch ?? "250"),
      jobs: whole(values.jobs ?? "2"),
      from: whole(values.from ?? "0"),
      objects: values.objects === undefined ? null : values.objects === "libbpf-tools" ? undefined : values.objects,
      fixtures: values.random === undefined && values.objects === undefined && values.peers !== true,
      peers: values.peers === true,
      languages: chosen(values.lang ?? "all"),
    };
  } catch (error) {
    console.error(`conformance: ${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}

function whole(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`no number "${text}"`);
  return Number(text);
}

function chosen(list: string): Language[] {
  const named = list.split(",");
  const wrong = named.find((word) => word !== "all" && !languages.some((language) => language === word));
  if (wrong !== undefined) throw new Error(`no language "${wrong}"`);
  return languages.filter((language) => named.includes("all") || named.includes(language));
}
