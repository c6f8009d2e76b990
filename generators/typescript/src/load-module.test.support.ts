import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Layout } from "@lbc/core/layout";
import type { EmitOptions } from "@lbc/emit";
import { emit } from "./index.ts";

const workspace = fileURLToPath(new URL("../../..", import.meta.url));

export const emitOptions: EmitOptions = { object: Uint8Array.of(0x7f, 0x45, 0x4c, 0x46), source: "fixture.bpf.o", version: "0.0.0" };

export async function goldenLayout(name: "execsnoop" | "operations" | "shapes" | "shapes-be"): Promise<Layout> {
  return JSON.parse(await readFile(new URL(`../golden/${name}.layout.json`, import.meta.url), "utf8"));
}

/** The text of the module that a layout becomes. */
export async function moduleText(layout: Layout, options: EmitOptions = emitOptions): Promise<string> {
  const [file] = [...(await emit(layout, options))];
  return String(file?.content);
}

/** A folder inside the workspace, from where a module finds the runtime; set-up and git leave it alone. */
export async function scratchFolder(): Promise<string> {
  const folder = join(workspace, ".lbc", "gen-typescript");
  await mkdir(folder, { recursive: true });
  return mkdtemp(join(folder, "test-"));
}

/** Generates a module and imports it, as a user would. */
export async function loadModule<Module>(layout: Layout, options?: EmitOptions): Promise<Module> {
  const folder = await scratchFolder();
  try {
    const path = join(folder, "module.ts");
    await writeFile(path, await moduleText(layout, options));
    return await import(pathToFileURL(path).href);
  } finally {
    await rm(folder, { recursive: true });
  }
}
