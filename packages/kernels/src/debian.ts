import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { KernelsError } from "./errors.ts";
import { btfOfImage } from "./image.ts";
import { exists, type Kernel, unpackedKernel } from "./kernel.ts";
import { ending } from "./tools.ts";

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

const cacheRoot = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "lbc", "kernels");
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
const images = ["./boot/vmlinuz-*", "./usr/lib/modules/*/vmlinuz"];
const configs = ["./boot/config-*", "./usr/lib/modules/*/config*"];
/** What the guest mounts the host's files with, and what BPF programs attach to and through. */
const modulePaths = ["drivers/virtio", "fs/9p", "fs/fscache", "fs/netfs", "fs/overlayfs", "net/9p", "net/sched", "net/ipv4/netfilter"];
const moduleNames = [
  "drivers/net/veth",
  "drivers/net/dummy",
  "drivers/net/netkit",
  "net/netfilter/nf_defrag*",
  "net/ipv6/netfilter/nf_defrag*",
];

/** Downloads a kernel with apt (which verifies it), once, into a folder of `cache`. Throws KernelsError. */
export async function fetchKernel(version: string, cache: string = cacheRoot): Promise<Kernel> {
  const folder = join(cache, `${version}-boot`);
  const found = await unpackedKernel(folder);
  // Earlier versions of this package left the configuration out of the folder.
  if (found !== null && found.config !== null) return found;
  const modules = [...modulePaths.map((path) => `${path}/*`), ...moduleNames.map((name) => `${name}.ko*`)];
  const paths = [...modules.map((path) => `kernel/${path}`), "modules.builtin*", "modules.order"];
  await download(
    version,
    bootable,
    /^linux-(image|binary|modules|base)-\d/,
    [...images, ...configs, ...paths.map((path) => `./*lib/modules/*/${path}`)],
    folder,
  );
  const kernel = await unpackedKernel(folder);
  if (kernel === null) throw new KernelsError("no-kernel-image", { message: `the package of ${version} holds no kernel image` });
  return kernel;
}

/** The BTF of a kernel (of Debian's cloud flavour), downloaded once: the path of a raw BTF file. Throws KernelsError. */
export async function fetchKernelBtf(version: string): Promise<string> {
  const folder = join(cacheRoot, `${version}-btf`);
  const path = join(folder, "vmlinux.btf");
  if (await exists(path)) return path;
  await download(version, smallest, /^linux-(image|binary)-\d/, images, folder);
  const kernel = await unpackedKernel(folder);
  if (kernel === null) throw new KernelsError("no-kernel-image", { message: `the package of ${version} holds no kernel image` });
  await writeFile(`${path}.${process.pid}`, await btfOfImage(await readFile(kernel.image)));
  await rename(`${path}.${process.pid}`, path);
  return path;
}

/** Puts `wanted` files of the kernel packages that `metaPackage` depends on, by name, into a folder that appears once all are there. */
async function download(version: string, metaPackage: string, names: RegExp, wanted: readonly string[], folder: string): Promise<void> {
  const suite = kernels[version]?.suite;
  if (suite === undefined)
    throw new KernelsError("no-such-kernel", {
      message: `no kernel ${version}`,
      hint: `those known are ${Object.keys(kernels).join(", ")}`,
    });
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
    if (image === undefined)
      throw new KernelsError("download-failed", { message: `${metaPackage} of ${suite} depends on no kernel image` });
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
  return async ([program = "", ...rest]) => {
    const { failed, stdout, stderr } = await ending(program, execa(program, [...options, ...rest], { cwd: state, reject: false }));
    if (failed) throw new KernelsError("download-failed", { message: `${program} ${rest.join(" ")} failed: ${stderr.trim()}` });
    return { stdout };
  };
}

/** The host's own Debian mirror; on other distributions the one that the user names. */
async function debianMirror(): Promise<string> {
  const named = process.env["LBC_DEBIAN_MIRROR"];
  if (named !== undefined) return named;
  const { stdout } = await ending("apt-get", execa("apt-get", ["indextargets", "--format", "$(LABEL) $(REPO_URI)"]));
  const mirror = /^Debian (\S+)$/m.exec(stdout)?.[1];
  if (mirror === undefined)
    throw new KernelsError("download-failed", { message: "apt knows no Debian mirror here", hint: "name one in LBC_DEBIAN_MIRROR" });
  return mirror;
}

/** Takes the wanted files out of the packages, with the modules decompressed: busybox loads no others. */
async function unpack(staging: string, wanted: readonly string[]): Promise<void> {
  const script = `d="$1"; shift
for deb in "$d"/apt/*.deb; do
  dpkg-deb --fsys-tarfile "$deb" | { tar -x -C "$d" --wildcards "$@" 2>"$d"/tar.log || grep -v "Not found\\|Exiting with failure" "$d"/tar.log >&2 || true; }
done
find "$d" -name "*.ko.xz" -exec xz -d {} +`;
  await ending("sh", execa("sh", ["-c", script, "sh", staging, ...wanted], { stderr: "inherit" }));
}
