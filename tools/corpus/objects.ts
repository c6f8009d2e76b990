import { access, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { execa } from "execa";
import { compileFixtures } from "../../packages/conformance/src/index.ts";
import { root, scratch } from "../paths.ts";
import { embeddedObjects } from "./embedded-objects.ts";

/**
 * Objects, sorted by name: those in a folder (and below it), those in the test data of cilium/ebpf's Go module (`cilium`), what clang
 * makes of the conformance fixtures (`fixtures`), or those inside the programs of Debian's libbpf-tools, taken out once.
 */
export async function corpusObjects(folder?: string): Promise<string[]> {
  const from = await folderOf(folder);
  const found = await readdir(from, { recursive: true });
  return found
    .filter((path) => /\.(o|elf)$/.test(path))
    .map((path) => join(from, path))
    .sort();
}

function folderOf(folder: string | undefined): Promise<string> | string {
  if (folder === "cilium") return ciliumTestdata();
  return folder === "fixtures" ? conformanceFixtures() : (folder ?? extractLibbpfTools());
}

async function conformanceFixtures(): Promise<string> {
  const folder = join(scratch, "corpus/fixtures");
  await rm(folder, { recursive: true, force: true });
  await compileFixtures(folder);
  return folder;
}

async function extractLibbpfTools(): Promise<string> {
  const folder = join(scratch, "corpus/libbpf-tools");
  if (await exists(folder)) return folder;
  // Tests run side by side: none may see a folder that another has half filled.
  const staging = `${folder}.${process.pid}`;
  await mkdir(staging, { recursive: true });
  const { stdout } = await execa("dpkg", ["-L", "libbpf-tools"]);
  for (const program of stdout.split("\n").filter((path) => path.includes("/sbin/"))) {
    for (const object of embeddedObjects(await readFile(program))) await writeFile(join(staging, `${basename(program)}.bpf.o`), object);
  }
  await rename(staging, folder).catch(() => rm(staging, { recursive: true }));
  return folder;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function ciliumTestdata(): Promise<string> {
  const { stdout } = await execa("go", ["mod", "download", "-json", "github.com/cilium/ebpf"], { cwd: join(root, "tools/bench/bpf2go") });
  return join((JSON.parse(stdout) as { readonly Dir: string }).Dir, "testdata");
}
