import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../paths.ts";
import { type Entry, parseHeader, type Section } from "./parse.ts";

const introduction = `# The macros of lbc.h

<!-- Generated from the comments in lbc-headers by tools/headers; do not edit. -->

\`#include "lbc.h"\` first: it brings in vmlinux.h, libbpf's helpers and everything in the first part below. \`lbc build\` finds all of them.
Every language's package carries these headers and tells their folder.
`;

const topics = ["lbc_net.h", "lbc_fs.h", "lbc_sched.h"];

/** The text of docs/macros.md. */
export async function renderReference(): Promise<string> {
  const read = async (name: string): Promise<Section[]> => parseHeader(await readFile(join(root, "lbc-headers", name), "utf8"));
  const parts = [introduction, ...(await read("lbc.h")).map(renderSection)];
  for (const name of topics) parts.push(`## ${name}\n`, ...(await read(name)).map(renderConstants));
  return parts.join("\n");
}

export const referenceFile = join(root, "docs/macros.md");

function renderSection({ title, text, entries, constants }: Section): string {
  if (constants.length > 0) throw new Error(`${constants[0]?.name} has no comment`);
  return [`## ${title}\n`, ...(text === "" ? [] : [`${markdown(text)}\n`]), ...entries.map(renderEntry)].join("\n");
}

function renderEntry({ signature, summary, parameters, text }: Entry): string {
  const list = parameters.map((parameter) => `- \`${parameter.name}\`: ${parameter.text}`);
  const parts = [`### \`${signature}\``, sentence(summary), list.join("\n"), markdown(text)];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** Constants in one paragraph, so that a topic is seen at a glance. */
function renderConstants({ title, text, constants }: Section): string {
  const listed = constants.map(({ name, parameters, value }) =>
    parameters === null ? `\`${name}\` ${value}` : `\`${name}(${parameters})\``,
  );
  return `### ${title}\n\n${text === "" ? "" : `${markdown(text)}\n\n`}${listed.join(", ")}\n`;
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** Paragraphs that begin with a tab are code; those that follow one another are one block. */
function markdown(text: string): string {
  const blocks: string[] = [];
  for (const paragraph of text.split(/\n{2,}/)) {
    const before = blocks.at(-1);
    if (paragraph.startsWith("\t") && before?.startsWith("\t")) blocks[blocks.length - 1] = `${before}\n\n${paragraph}`;
    else blocks.push(paragraph);
  }
  return blocks.map((block) => (block.startsWith("\t") ? `\`\`\`c\n${block.replace(/^\t/gm, "")}\n\`\`\`` : block)).join("\n\n");
}
