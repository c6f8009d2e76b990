import { cp, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { OpenObject } from "@lbc/runtime";
import { ExecaError, execa } from "execa";
import { missingPermission } from "../demo/permission.ts";
import { root, scratch } from "../paths.ts";
import { pack, packedIn } from "../release/pack.ts";
import { CleanRoot, containerEnv } from "./clean-root.ts";
import { parseEnv, parseInstructions } from "./instructions.ts";

const usage = `usage: npm run container -- [PACKED]

Follows tools/container/Containerfile in a clean Debian root, as a container's builder would, with the packages that were packed here
in place of the published ones; then builds a BPF source there as its users do, and loads the object into this kernel.
  PACKED   folder of packages that were packed before, instead of packing them now`;

/** Where the root has what this machine lends it. */
const lent = "/run/lent";
/** What pip needs to reach its index from here, and to find what is not published. */
const pip = { PIP_CERT: `${lent}/ca-certificates.crt`, PIP_FIND_LINKS: `${lent}/wheels` };
/** Debian's user without any rights. */
const nobody = 65534;

interface Image {
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly entrypoint: readonly string[];
}

/** Follows all instructions but FROM, whose suite the root has. */
async function follow(clean: CleanRoot, containerfile: string): Promise<Image> {
  let image: Image = { env: {}, folder: "/", entrypoint: [] };
  for (const { name, text } of parseInstructions(containerfile)) {
    const started = performance.now();
    if (name === "RUN") await clean.run(["/bin/sh", "-c", text], { env: { ...pip, ...image.env }, folder: image.folder });
    else if (name === "ENV") image = { ...image, env: { ...image.env, ...parseEnv(text, { ...containerEnv, ...image.env }) } };
    else if (name === "WORKDIR") image = { ...image, folder: text };
    else if (name === "ENTRYPOINT") image = { ...image, entrypoint: JSON.parse(text) as string[] };
    else if (name !== "FROM" && name !== "CMD") throw new Error(`no way to follow ${name} ${text}`);
    console.log(`container: ${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${name} ${text}`);
  }
  return image;
}

/** What docs/container.md shows: a source of the user in /src, built by somebody without rights. */
async function build(clean: CleanRoot, image: Image): Promise<void> {
  const source = join(clean.folder, image.folder);
  await mkdir(source, { recursive: true });
  await cp(join(root, "examples/execsnoop/execsnoop.bpf.c"), join(source, "execsnoop.bpf.c"));
  await execa("chown", ["-R", `${nobody}:${nobody}`, source]);
  const lbc = (...words: string[]) => clean.run([...image.entrypoint, ...words], { ...image, user: nobody });
  await lbc("build", "execsnoop.bpf.c");
  await lbc("gen", "execsnoop.bpf.o", "--lang", "all", "--out", "sdk");
  using loaded = OpenObject.open(await readFile(join(source, "execsnoop.bpf.o"))).load();
  console.log(`container: built in the root by user ${nobody}, and loaded into this kernel: ${loaded.map("events").name}`);
}

async function tryContainer(folder: string | undefined): Promise<void> {
  const missing = await missingPermission();
  if (missing !== null) throw new Error(missing);
  const { failed } = await execa("debootstrap", ["--version"], { reject: false });
  if (failed) throw new Error("debootstrap is missing: apt-get install debootstrap");
  const containerfile = await readFile(join(root, "tools/container/Containerfile"), "utf8");
  const suite = /^FROM debian:(\w+)-slim$/m.exec(containerfile)?.[1];
  if (suite === undefined) throw new Error("the recipe does not begin with a release of Debian");
  const packed = folder === undefined ? await pack(join(scratch, "packed")) : packedIn(folder);
  const clean = await CleanRoot.make(suite, join(scratch, "container"), join(scratch, "container/root"));
  try {
    await mkdir(join(clean.folder, lent), { recursive: true });
    await clean.take(packed.wheels, lent);
    await clean.take("/etc/ssl/certs/ca-certificates.crt", lent);
    await build(clean, await follow(clean, containerfile));
  } finally {
    await clean.remove();
  }
}

const [packed, ...more] = process.argv.slice(2);
if (packed?.startsWith("-") || more.length > 0) {
  console.log(usage);
  process.exitCode = packed === "--help" ? 0 : 2;
} else {
  await tryContainer(packed).catch((error: Error) => {
    console.error(
      `container: ${error instanceof ExecaError ? `${error.shortMessage}\n${error.stdout ?? ""}\n${error.stderr ?? ""}` : error.message}`,
    );
    process.exitCode = 1;
  });
}
