import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeFiles } from "@lbc/build";
import type { TypeId } from "@lbc/core/layout";
import type { FileSet } from "@lbc/emit";
import { spell } from "@lbc/gen-c";
import type { Prepared } from "./prepare.ts";
import { isEmpty, type Node } from "./shape.ts";
import { askClang } from "./truth.ts";

/** glibc's headers, which name their word size after the CPU; only types are taken from them. */
const systemHeaders = { includes: ["/usr/include/x86_64-linux-gnu"], flags: ["-D__x86_64__"] };

/**
 * C of the other byte order does not run here, but clang compiles it: variables of the generated types that are initialized with the
 * same values have to hold the same bytes as those of the declarations.
 */
export async function compareBigEndianC(
  { name, unit, questions, subjects }: Prepared,
  sdk: FileSet,
  folder: string,
): Promise<{ readonly root: string; readonly what: string }[]> {
  const own = join(folder, unit.key);
  await mkdir(own, { recursive: true });
  await writeFiles(sdk, own);
  const { types, members } = spell(unit.layout);
  const asked = subjects.map(({ id }, index) => {
    const paths = pathsOf(unit.shapes, members, id);
    const question = questions[index];
    if (question === undefined) throw new RangeError(`nothing was asked of type ${id}`);
    return { spelling: types.get(id) ?? "", ...question.respell(paths) };
  });
  const answers = await askClang(`#include "${name}.types.h"`, asked, "big", {
    ...systemHeaders,
    includes: [own, ...systemHeaders.includes],
  });
  return subjects.flatMap(({ root, answer }, index) => {
    const found = answers[index];
    const wrong = found === undefined || found.size !== answer.size ? [`${answer.size} bytes expected, ${found?.size} found`] : [];
    const moved = answer.offsets.flatMap((offset, leaf) =>
      found?.offsets[leaf] === offset
        ? []
        : [`${asked[index]?.leaves[leaf]?.path} at ${offset} expected, at ${found?.offsets[leaf]} found`],
    );
    const written = answer.bytes.flatMap((bytes, vector) => {
      const [wanted, got] = [bytes, found?.bytes[vector] ?? new Uint8Array()].map((some) => Buffer.from(some).toString("hex"));
      return wanted === got ? [] : [`writes ${got}, not ${wanted}`];
    });
    return [...wrong, ...moved, ...written].map((what) => ({ root, what }));
  });
}

/** Designators of all leaves, as the generated header spells them. */
function pathsOf(shapes: Prepared["unit"]["shapes"], members: ReadonlyMap<TypeId, readonly string[]>, root: TypeId): string[] {
  const walk = (node: Node, path: string): string[] => {
    if (isEmpty(node, shapes)) return [];
    if (node.kind === "scalar") return [path];
    if (node.kind === "array") return Array.from({ length: node.length }, (_, index) => walk(node.element, `${path}[${index}]`)).flat();
    const names = members.get(node.id) ?? [];
    return (shapes.get(node.id) ?? []).flatMap((member, index) => walk(member.node, `${path}.${names[index]}`));
  };
  return walk({ kind: "composite", id: root }, "");
}
