import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

/** Debian's kernels, by the version that a user knows them by. The full ones: cloud kernels lack the 9p file system. */
export const kernels: Readonly<Record<string, { readonly suite: string; readonly package: string }>> = {
  "6.1": { suite: "bookworm", package: "linux-image-amd64" },
};

/** What is kept of a kernel package: the image, and the modules that mount the host's root (with what they depend on). */
export interface Kernel {
  readonly release: string;
  readonly image: string;
  readonly modules: string;
}

const cacheRoot = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "lbc", "kernels");
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
const moduleFolders = ["drivers/virtio", "fs/9p", "fs/fscache", "fs/netfs", "fs/overlayfs", "net/9p"];

/** Downloads a kernel with apt (which verifies it), once. */
export async function fetchKernel(version: string): Promise<Kernel> {
  const wanted = kernels[version];
  if (wanted === undefined) throw new Error(`no kernel ${version}; known: ${Object.keys(kernels).join(", ")}`);
  const folder = join(cacheRoot, version);
  const found = await describe(folder);
  if (found !== null) return found;
  console.log(`kernels: downloading Debian's ${wanted.package} of ${wanted.suite} (about 70 MB, once)`);
  const staging = `${folder}.${process.pid}`;
  await mkdir(join(staging, "apt"), { recursive: true });
  try {
    const apt = await aptFor(wanted.suite, join(staging, "apt"));
    await apt(["apt-get", "-q", "update"]);
    const depends = (await apt(["apt-cache", "depends", "--important", wanted.package])).stdout;
    const real = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
    if (real === undefined) throw new Error(`${wanted.package} of ${wanted.suite} depends on no kernel image`);
    await apt(["apt-get", "-q", "download", real]);
    await unpack(staging);
    await rm(join(staging, "apt"), { recursive: true });
    await rm(folder, { recursive: true, force: true });
    await rename(staging, folder);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  const kernel = await describe(folder);
  if (kernel === null) throw new Error(`the package of ${version} holds no kernel image`);
  return kernel;
}

async function describe(folder: string): Promise<Kernel | null> {
  const listing = await execa("ls", [join(folder, "boot")], { reject: false });
  const release = /vmlinuz-(\S+)/.exec(listing.stdout)?.[1];
  if (release === undefined) return null;
  return { release, image: join(folder, "boot", `vmlinuz-${release}`), modules: join(folder, "lib/modules", release, "kernel") };
}

/** apt with lists, cache and sources of its own, so that the host's set-up stays as it is. */
async function aptFor(suite: string, state: string): Promise<(command: readonly string[]) => Promise<{ stdout: string }>> {
  await mkdir(join(state, "lists/partial"), { recursive: true });
  await mkdir(join(state, "cache/archives/partial"), { recursive: true });
  await writeFile(join(state, "sources.list"), `deb [signed-by=${keyring}] ${await debianMirror()} ${suite} main\n`);
  const settings = {
    "Dir::Etc::sourcelist": join(state, "sources.list"),
    "Dir::Etc::sourceparts": "-",
    "Dir::State::lists": join(state, "lists"),
    "Dir::Cache": join(state, "cache"),
    "APT::Architecture": "amd64",
    "APT::Sandbox::User": "root",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  return ([program, ...rest]) => execa(program as string, [...options, ...rest], { cwd: state });
}

/** The host's own Debian mirror; on other distributions the one that the user names. */
async function debianMirror(): Promise<string> {
  const named = process.env["LBC_DEBIAN_MIRROR"];
  if (named !== undefined) return named;
  const { stdout } = await execa("apt-get", ["indextargets", "--format", "$(LABEL) $(REPO_URI)"]);
  const mirror = /^Debian (\S+)$/m.exec(stdout)?.[1];
  if (mirror === undefined) throw new Error("apt knows no Debian mirror here: name one in LBC_DEBIAN_MIRROR");
  return mirror;
}

async function unpack(staging: string): Promise<void> {
  const wanted = ["./boot/vmlinuz-*", ...moduleFolders.map((folder) => `./lib/modules/*/kernel/${folder}/*`)];
  const script =
    'dpkg-deb --fsys-tarfile "$1"/apt/linux-image-*.deb | { d="$1"; shift; tar -x -C "$d" --wildcards "$@" 2>"$d"/tar.log || grep -v "Not found" "$d"/tar.log >&2; }';
  await execa("sh", ["-c", script, "sh", staging, ...wanted], { stderr: "inherit" });
}
