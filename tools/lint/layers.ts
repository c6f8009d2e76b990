import { createProjectGraphAsync, type ProjectGraph } from "@nx/devkit";

/** Which layers a layer may depend on, by the `layer:` tags of the projects. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  emit: ["core"],
  generator: ["core", "emit"],
  build: ["core", "emit", "generator", "headers"],
  project: ["core", "emit"],
  shell: ["core", "emit", "build", "project", "runtime", "kernels"],
  kernels: ["core"],
  runtime: ["core"],
  "language-runtime": [],
  // Another language's, over one of those.
  binding: ["language-runtime"],
  headers: [],
  test: ["core", "emit", "generator", "build", "shell", "runtime", "headers"],
};

/** One line for each project without a layer, and for each dependency that its layer may not have. */
export function violations(graph: ProjectGraph): string[] {
  const layerOf = (name: string): string | undefined =>
    graph.nodes[name]?.data.tags?.find((tag) => tag.startsWith("layer:"))?.slice("layer:".length);
  const found: string[] = [];
  for (const name of Object.keys(graph.nodes)) {
    // The workspace itself is no product.
    if (graph.nodes[name]?.data.root === ".") continue;
    const layer = layerOf(name);
    const targets = allowed[layer ?? ""];
    if (targets === undefined) {
      found.push(`${name}: no layer, or one that is not known (${layer ?? "none"})`);
      continue;
    }
    for (const { target } of graph.dependencies[name] ?? []) {
      const other = layerOf(target);
      if (other !== undefined && !targets.includes(other)) found.push(`${name} (${layer}) may not depend on ${target} (${other})`);
    }
  }
  return found;
}

if (import.meta.main) {
  const found = violations(await createProjectGraphAsync({ exitOnError: true }));
  for (const line of found) console.error(`layers: ${line}`);
  process.exit(found.length === 0 ? 0 : 1);
}
