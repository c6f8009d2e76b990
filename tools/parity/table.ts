import { type Language, languages, type Proof } from "./collect.ts";
import { type Group, groups } from "./features.ts";
import { type Gap, gaps } from "./gaps.ts";

const titles: Readonly<Record<Language, string>> = { c: "C", rust: "Rust", go: "Go", python: "Python", typescript: "Node" };

/** What is wrong with the tags and gaps, in words; empty where nothing is. */
export function problems(proofs: readonly Proof[], explained: readonly Gap[] = gaps, rows: readonly Group[] = groups): string[] {
  const known = new Set(rows.flatMap(({ features }) => features.map(({ id }) => id)));
  const isProved = (gap: Gap): boolean => proofs.some(({ feature, language }) => feature === gap.feature && language === gap.language);
  return [
    ...proofs.filter(({ feature }) => !known.has(feature)).map(({ feature, file }) => `${file} names ${feature}, which is no row`),
    ...explained.filter(({ feature }) => !known.has(feature)).map(({ feature }) => `a gap is explained for ${feature}, which is no row`),
    ...explained.filter(isProved).map(({ feature, language }) => `${feature} is explained as a gap of ${language}, and proved`),
  ];
}

/** docs/runtimes.md as a whole. */
export function document(proofs: readonly Proof[], explained: readonly Gap[] = gaps, rows: readonly Group[] = groups): string {
  return `${introduction}${rows.map((group) => section(group, proofs, explained)).join("\n")}${notes(explained)}`;
}

function section({ title, features }: Group, proofs: readonly Proof[], explained: readonly Gap[]): string {
  const lines = features.map(
    ({ id, label }) => `| ${label} | ${languages.map((language) => cell(id, language, proofs, explained)).join(" | ")} |`,
  );
  const head = `| | ${languages.map((language) => titles[language]).join(" | ")} |\n|---|${"---|".repeat(languages.length)}`;
  return `## ${title}\n\n${head}\n${lines.join("\n")}\n`;
}

function cell(feature: string, language: Language, proofs: readonly Proof[], explained: readonly Gap[]): string {
  const proof = proofs.find((candidate) => candidate.feature === feature && candidate.language === language);
  if (proof !== undefined) return `[yes](../${proof.file} "${proof.test.replaceAll(/["|]/g, "'")}")`;
  const gap = explained.findIndex((candidate) => candidate.feature === feature && candidate.language === language);
  return gap === -1 ? "" : `no, see ${gap + 1}`;
}

function notes(explained: readonly Gap[]): string {
  if (explained.length === 0) return "";
  const lines = explained.map(
    ({ feature, language, reason, source }, index) => `${index + 1}. ${titles[language]}, ${feature}: ${reason} (${source}).`,
  );
  return `\n## What cannot be\n\n${lines.join("\n")}\n`;
}

const introduction = `# What each runtime does

Made by \`node tools/parity/main.ts\` from the tests that prove each cell: a "yes" leads to the test, an empty cell has none yet. A test
names the rows that it proves in a comment on a line of its own above it, in any language:

\`\`\`
// parity: maps.hash, maps.update-modes
\`\`\`

The names of the rows are in \`tools/parity/features.ts\`; a cell that cannot be is explained in \`tools/parity/gaps.ts\`, with its source.
A test of CI fails where this page is older than the tests, or a comment names no row.

`;
