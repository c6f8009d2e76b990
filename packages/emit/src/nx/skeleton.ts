import { readFileSync } from "node:fs";
import { isAbsolute, posix, resolve } from "node:path";
import { LbcError } from "@lbc/core";
import { readElf } from "@lbc/core/elf";
import { resolveLayout } from "@lbc/core/layout";
import { readObject } from "@lbc/core/object";
import type { Tree } from "@nx/devkit";
import type { FileSet } from "../file-set.ts";
import type { Emit } from "../generator.ts";
import { documented } from "../source/documented.ts";
import { sourcesOf } from "../source/sources.ts";

/** The options of a `skeleton` generator, as its schema.json describes them. */
export interface SkeletonOptions {
  /** Path of the object: from the root of the workspace, or absolute. */
  readonly object: string;
  /** Where the SDK goes: below this project's root, or the workspace's. */
  readonly project?: string;
  /** The folder there; by default the SDK's name, or sdk/NAME/LANGUAGE without a project. */
  readonly directory?: string;
  /** `hello` for hello.bpf.o by default. */
  readonly name?: string;
  /** `MAP=TYPE`. */
  readonly event?: readonly string[];
  readonly type?: readonly string[];
}

/** What is asked of a maker of SDKs. */
export interface SdkRequest {
  readonly name: string;
  /** The object's file name. */
  readonly source: string;
  readonly events: Readonly<Record<string, string>>;
  readonly types: readonly string[];
  /** The folder of the workspace. */
  readonly root: string;
}
export type MakeSdk = (object: Uint8Array, request: SdkRequest) => FileSet | Promise<FileSet>;

const version: string = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;

/** One language's generator as a maker of SDKs. */
export function sdkOf(emit: Emit): MakeSdk {
  return async (bytes, { name, source, events, types }) => {
    const object = readObject(readElf(bytes));
    const layout = documented(resolveLayout(object, { name, events, types }), await sourcesOf(object));
    return emit(layout, { object: bytes, source, version });
  };
}

/**
 * An Nx generator that writes an SDK into the workspace. All goes through the tree, so that a dry run changes nothing.
 * @see https://nx.dev/extending-nx/recipes/local-generators
 */
export function skeletonGenerator<Options extends SkeletonOptions>(
  make: (options: Options) => MakeSdk,
  /** The folder of one language; empty where several make folders of their own. */
  language: (options: Options) => string,
): (tree: Tree, options: Options) => Promise<void> {
  return async (tree, options) => {
    const source = options.object.split(/[\\/]/).at(-1) ?? options.object;
    const name = options.name ?? source.replace(/\.(o|obj|elf)$/, "").replace(/\.bpf$/, "");
    const request = { name, source, events: parseEvents(options.event ?? []), types: options.type ?? [], root: tree.root };
    // A project has a language; the workspace's root has room for the SDKs of all.
    const usual = options.project === undefined ? posix.join("sdk", name, language(options)) : name;
    const folder = posix.join(await projectRoot(tree, options.project), options.directory ?? usual);
    try {
      const files = await make(options)(readBytes(tree, options.object), request);
      for (const { path, content } of files) {
        tree.write(posix.join(folder, path), typeof content === "string" ? content : Buffer.from(content));
      }
    } catch (error) {
      throw error instanceof LbcError ? asMessage(error.in(options.object)) : error;
    }
  };
}

async function projectRoot(tree: Tree, project: string | undefined): Promise<string> {
  if (project === undefined) return ".";
  // Only here: generators are imported by those who have no Nx as well.
  const { readProjectConfiguration } = await import("@nx/devkit");
  return readProjectConfiguration(tree, project).root;
}

function readBytes(tree: Tree, path: string): Uint8Array {
  const where = `name it from the root of the workspace (${resolve(tree.root)}), or absolutely`;
  try {
    const bytes = isAbsolute(path) ? readFileSync(path) : tree.read(path);
    if (bytes !== null) return bytes;
  } catch (cause) {
    throw new Error(`${path}: cannot be read: ${(cause as Error).message}; ${where}`, { cause });
  }
  throw new Error(`${path}: not found; ${where}`);
}

function parseEvents(events: readonly string[]): Record<string, string> {
  const parsed: Record<string, string> = {};
  for (const event of events) {
    const [map, type, ...rest] = event.split("=");
    if (!map || !type || rest.length > 0) throw new Error(`--event ${event}: write it as MAP=TYPE, such as events=event`);
    if (parsed[map] !== undefined && parsed[map] !== type)
      throw new Error(`--event ${event}: the events of ${map} are ${parsed[map]} already`);
    parsed[map] = type;
  }
  return parsed;
}

/** Nx prints an error's message only. */
const asMessage = (error: LbcError): Error =>
  new Error(error.hint === undefined ? error.describe() : `${error.describe()}\nhint: ${error.hint}`, { cause: error });
