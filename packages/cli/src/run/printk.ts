import type { Layout } from "@lbc/core/layout";
import type { Sections } from "./settings.ts";

/** What libbpf's bpf_printk() calls its format. @see https://github.com/libbpf/libbpf/blob/master/src/bpf_helpers.h */
const formatName = /(?:^|\.)____fmt(?:~\d+)?$/;
/** A conversion of bpf_trace_printk(): `%d`, `%-16s`, `%llx`, `%pI4`, `%pks`. */
const conversion = /%[-+ #0]*\d*(?:\.\d+)?(?:hh|h|ll|l|z)?(?:p[A-Za-z0-9]*|[a-zA-Z])/;

/** The formats with which an object's programs print; none where none prints. */
export function printFormats(sections: Sections, layout: Layout): string[] {
  return layout.sections.flatMap(({ name, members }) =>
    members.flatMap((member) => {
      if (member.kind !== "variable" || !formatName.test(member.path)) return [];
      const { view } = sections.section(name);
      const bytes = new Uint8Array(view.buffer, view.byteOffset + member.offset, member.size);
      return [new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)))];
    }),
  );
}

/** Tells the lines that these formats made from those of other programs, which come out of the same pipe. */
export function ownLines(formats: readonly string[]): (message: string) => boolean {
  const patterns = formats.map((format) => {
    const parts = format.split("%%").map((part) => part.split(conversion).map(escaped).join(".*"));
    return new RegExp(`^${parts.join("%").replace(/\n$/, "")}$`, "s");
  });
  return (message) => patterns.some((pattern) => pattern.test(message));
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
