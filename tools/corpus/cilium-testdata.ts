import { join } from "node:path";
import { execa } from "execa";

const ciliumModule = "github.com/cilium/ebpf@v0.22.0";

/** The folder of objects that cilium/ebpf tests itself with: both byte orders, several versions of clang, odd and malformed ones. */
export async function ciliumTestdata(): Promise<string> {
  const { stdout } = await execa("go", ["mod", "download", "-json", ciliumModule]);
  const { Dir } = JSON.parse(stdout) as { readonly Dir: string };
  return join(Dir, "testdata");
}
