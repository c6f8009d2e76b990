import { access, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { execa } from "execa";
import { btfOfImage } from "./image.ts";

/** Debian's suites, by the version of their kernels that a user knows them by. */
export const kernels: Readonly<Record<string, { readonly suite: string }>> = {
  "5.10": { suite: "bullseye" },
  "6.1": { suite: "bookworm" },
  "6.12": { suite: "trixie" },
  "7.2": { suite: "sid" },
};

/** Cloud kernels lack the 9p file system, which the guest's root needs; for types alone they are the smaller download. */
const bootable = "linux-image-amd64";
const smallest = "linux-image-cloud-amd64";

/** What is kept of a kernel package: the image, and the modules that mount the host's root (with what they depend on). */
export interface Kernel {
  readonly release: string;
  readonly image: string;
  readonly modules: string;
}

const cacheRoot = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "lbc", "kernels");
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
const images = ["./boot/vmlinuz-*", "./usr/lib/modules/*/vmlinuz"];
const moduleFolders = ["drivers/virtio", "fs/9p", "fs/fscache", "fs/netfs", "fs/overlayfs", "net/9p"];

/** Downloads a kernel with apt (which verifies it), once. */
export async function fetchKernel(version: string): Promise<Kernel> {
  const folder = join(cacheRoot, version);
  const found = await describe(folder);
  if (found !== null) return found;
  const wanted = [...images, ...moduleFolders.map((name) => `./*lib/modules/*/kernel/${name}/*`)];
  await download(version, bootable, /^linux-(image|binary|modules)-\d/, wanted, folder);
  const kernel = await describe(folder);
  if (kernel === null) throw new Error(`the package of ${version} holds no kernel image`);
  return kernel;
}

/** The BTF of a kernel (of Debian's cloud flavour), downloaded once: the path of a raw BTF file. */
export async function fetchKernelBtf(version: string): Promise<string> {
  const folder = join(cacheRoot, `${version}-btf`);
  const path = join(folder, "vmlinux.btf");
  if (await exists(path)) return path;
  await download(version, smallest, /^linux-(image|binary)-\d/, images, folder);
  const kernel = await describe(folder);
  if (kernel === null) throw new Error(`the package of ${version} holds no kernel image`);
  await writeFile(`${path}.${process.pid}`, await btfOfImage(await readFile(kernel.image)));
  await rename(`${path}.${process.pid}`, path);
  return path;
}

/** Puts `wanted` files of the kernel packages that `metaPackage` depends on, by name, into a folder that appears once all are there. */
async function download(version: string, metaPackage: string, names: RegExp, wanted: readonly string[], folder: string): Promise<void> {
  const suite = kernels[version]?.suite;
  if (suite === undefined) throw new Error(`no kernel ${version}; known: ${Object.keys(kernels).join(", ")}`);
  console.error(`kernels: downloading ${metaPackage} of Debian ${suite} (once)`);
  const staging = `${folder}.${process.pid}`;
  await mkdir(join(staging, "apt"), { recursive: true });
  try {
    const apt = await aptFor(suite, join(staging, "apt"));
    await apt(["apt-get", "-q", "update"]);
    const depends = async (name: string): Promise<string[]> => {
      const { stdout } = await apt(["apt-cache", "depends", "--important", name]);
      return [...stdout.matchAll(/Depends: (\S+)/g)].map((match) => match[1] ?? "").filter((found) => names.test(found));
    };
    const [image] = await depends(metaPackage);
    if (image === undefined) throw new Error(`${metaPackage} of ${suite} depends on no kernel image`);
    // Since 7.2 the image and its modules are packages of their own, and linux-image holds nothing.
    const parts = await depends(image);
    await apt(["apt-get", "-q", "download", ...(parts.length === 0 ? [image] : parts)]);
    await unpack(staging, wanted);
    await rm(join(staging, "apt"), { recursive: true });
    await rm(folder, { recursive: true, force: true });
    await rename(staging, folder);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function describe(folder: string): Promise<Kernel | null> {
  const found = (await exists(folder)) ? await readdir(folder, { recursive: true }) : [];
  // Until 6.12 the image is boot/vmlinuz-RELEASE; since 7.2 it lies beside the modules.
  const image = found.find((path) => /(^boot\/vmlinuz-|\/vmlinuz$)/.test(path));
  if (image === undefined) return null;
  const release = image.startsWith("boot/") ? image.slice("boot/vmlinuz-".length) : basename(dirname(image));
  const lib = found.includes("usr/lib/modules") ? "usr/lib" : "lib";
  return { release, image: join(folder, image), modules: join(folder, lib, "modules", release, "kernel") };
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

async function unpack(staging: string, wanted: readonly string[]): Promise<void> {
  const script =
    'd="$1"; shift; for deb in "$d"/apt/*.deb; do dpkg-deb --fsys-tarfile "$deb" | { tar -x -C "$d" --wildcards "$@" 2>"$d"/tar.log || grep -v "Not found\\|Exiting with failure" "$d"/tar.log >&2 || true; }; done';
  await execa("sh", ["-c", script, "sh", staging, ...wanted], { stderr: "inherit" });
}
