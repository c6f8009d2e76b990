import type { ProjectGraph } from "@nx/devkit";
import { expect, test } from "vitest";
import { violations } from "./layers.ts";

const project = (name: string, layer: string) => ({
  name,
  type: "lib" as const,
  data: { root: `packages/${name}`, tags: [`layer:${layer}`] },
});
const graph = (dependencies: Record<string, string[]>): ProjectGraph => ({
  nodes: {
    core: project("core", "core"),
    go: project("go", "generator"),
    rust: project("rust", "generator"),
    odd: project("odd", "nowhere"),
  },
  dependencies: Object.fromEntries(
    Object.entries(dependencies).map(([source, targets]) => [source, targets.map((target) => ({ source, target, type: "static" }))]),
  ),
});

test("a generator may depend on core", () => {
  expect(violations(graph({ go: ["core"] }))).toEqual(["odd: no layer, or one that is not known (nowhere)"]);
});

test("a generator may not depend on another generator, nor core on anything", () => {
  expect(violations(graph({ go: ["rust"], core: ["go"] })).slice(0, 2)).toEqual([
    "core (core) may not depend on go (generator)",
    "go (generator) may not depend on rust (generator)",
  ]);
});
