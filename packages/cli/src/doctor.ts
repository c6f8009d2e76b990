import type { Finding } from "./doctor-findings.ts";
import { examineFeatures, examineKernel, type Features, type Known, kernelBtf } from "./doctor-kernel.ts";
import { type Machine, thisMachine } from "./doctor-machine.ts";
import { examineTools } from "./doctor-tools.ts";
import { styleFor } from "./inspect/style.ts";
import { table } from "./inspect/text.ts";
import { type Io, usesColor } from "./io.ts";
import { type ExitCode, exitCodes } from "./report.ts";

/** `lbc doctor`: what is there to build and to load with, what is missing, and how to get it, and what the running kernel takes. */
export async function doctor(json: boolean, io: Io, machine: Machine = thisMachine): Promise<ExitCode> {
  const btf = await kernelBtf(machine);
  const building = await examineTools(machine);
  const loading = await examineKernel(machine, btf);
  const features = btf === null ? null : await examineFeatures(machine, btf);
  const text = json
    ? `${JSON.stringify({ building, kernel: machine.release, loading, features })}\n`
    : render(building, loading, features, machine.release, usesColor(io.stdout, io.env));
  io.stdout.write(text);
  return [...building, ...loading].some(({ state }) => state === "missing") ? exitCodes.failed : exitCodes.done;
}

const signs: Readonly<Record<Finding["state"], string>> = { ok: "ok", limited: "--", missing: "!!" };

function render(
  building: readonly Finding[],
  loading: readonly Finding[],
  features: Features | null,
  release: string,
  color: boolean,
): string {
  const style = styleFor(color);
  const lines = (findings: readonly Finding[]): string[] => {
    const rows = table(
      findings.map(({ state, name, text }) => [
        { text: signs[state], paint: state === "ok" ? style.dim : style.warning },
        { text: name, paint: style.name },
        { text },
      ]),
    );
    return rows.flatMap((row, index) => [row, ...hint(findings[index])]);
  };
  const parts = [
    style.heading("To build with"),
    ...lines(building),
    "",
    style.heading(`To load with, on Linux ${release}`),
    ...lines(loading),
  ];
  if (features !== null) {
    const source = features.probed ? "What this kernel takes, as it answers" : "What this kernel knows, by its BTF: it may not be asked";
    parts.push("", style.heading(source), ...table(featureRows(features)));
  }
  return `${parts.join("\n")}\n`;
}

const hint = (finding: Finding | undefined): string[] => (finding?.hint === undefined ? [] : [`      hint: ${finding.hint}`]);

function featureRows({ probed, mapTypes, programTypes, attachTypes, helpers, btfKinds }: Features) {
  const row = (name: string, known: Known) => {
    const all = known.has.length + known.lacks.length;
    const without = known.lacks.length === 0 ? "" : `, not ${known.lacks.join(", ")}`;
    return [{ text: name }, { text: `${known.has.length} of ${all}${without}` }];
  };
  return [
    row("map types", mapTypes),
    row("program types", programTypes),
    // whether one attaches depends on the function or device: the kernel cannot be asked in general
    row(probed ? "attach types, by the BTF, not asked" : "attach types", attachTypes),
    row("helpers", helpers),
    row("later kinds of BTF", btfKinds),
  ];
}
