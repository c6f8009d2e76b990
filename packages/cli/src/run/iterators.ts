import type { AttachTargets, Link, LoadedObject } from "@lbc/runtime";

/** What an iterator can be told to walk over, by the name in its section. @see https://docs.kernel.org/bpf/bpf_iterators.html */
const forms: Readonly<Record<string, "MAP" | "FOLDER" | "PID">> = {
  bpf_map_elem: "MAP",
  bpf_sk_storage_map: "MAP",
  sockmap: "MAP",
  cgroup: "FOLDER",
  task: "PID",
  task_file: "PID",
  task_vma: "PID",
};

/** How the target is written; undefined where there is none. */
export const iteratorForm = (name: string): string | undefined => (Object.hasOwn(forms, name) ? forms[name] : undefined);

/** Null where the text names nothing that it could walk over. Throws RuntimeError `no-such-map`. */
export function iteratorTarget(name: string, text: string, loaded: LoadedObject): AttachTargets["iter"] | null {
  switch (iteratorForm(name)) {
    case "MAP":
      return { map: loaded.map(text) };
    case "FOLDER":
      return { cgroup: text };
    case "PID":
      return /^\d+$/.test(text) ? { pid: Number(text) } : null;
    default:
      return null;
  }
}

/** What an iterator wrote, by lines. */
export function walk(link: Pick<Link, "read">): string[] {
  const text = new TextDecoder().decode(link.read());
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}
