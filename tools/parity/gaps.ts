import type { Language } from "./collect.ts";

/** A cell that cannot be, with the place in the kernel's or the base library's source or documents that says so. */
export interface Gap {
  readonly feature: string;
  readonly language: Language;
  readonly reason: string;
  readonly source: string;
}

export const gaps: readonly Gap[] = [
  {
    feature: "errors.closed",
    language: "rust",
    reason: "does not compile: closing is dropping, and what needs the object borrows it",
    source: "https://doc.rust-lang.org/reference/destructors.html",
  },
  {
    feature: "errors.closed",
    language: "c",
    reason: "destroying frees the skeleton itself, so that there is nothing left to ask",
    source: "https://libbpf.readthedocs.io/en/latest/api.html (bpf_object__destroy_skeleton)",
  },
];
