/** The name without its flavor: `task_struct` for `task_struct___v46`. @see https://docs.kernel.org/bpf/libbpf/libbpf_overview.html */
export function essentialName(name: string): string {
  for (let at = name.length - 5; at >= 0; at--) {
    if (name[at] !== "_" && name.startsWith("___", at + 1) && name[at + 4] !== "_") return name.slice(0, at + 1);
  }
  return name;
}
