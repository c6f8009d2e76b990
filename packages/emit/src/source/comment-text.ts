/** What a comment says, without its stars and the marks of documentation tools; null of one that is an instruction to a tool. */
export function commentText(comment: string): string | null {
  const inside = comment.startsWith("//") ? comment.replace(/^\/\/+[!<]*/, "") : comment.replace(/^\/\*+[!<]*/, "").replace(/\**\/$/, "");
  const lines = inside.split("\n").map((line) => line.replace(/^\s*\*+/, "").trim());
  const text = lines.join("\n").trim();
  return /^(?:clang-format (?:on|off)|NOLINT\w*|IWYU pragma:|cppcheck-suppress|checkpatch:)/.test(text) ? null : text;
}

/** Whether a comment says of itself that it is about what stands before it: `///<` and the like of Doxygen. */
export const isAboutBefore = (comment: string): boolean => /^(?:\/\*[*!]+|\/\/[/!]+)</.test(comment);

/** The documentation in what comments say: none in a licence, which is not about what follows, nor in rules of dashes. */
export function documentation(text: string): string {
  if (/SPDX-License-Identifier|\bcopyright\b.*(?:\(c\)|©|\d{4})|\blicen[cs]ed under\b/i.test(text)) return "";
  const isRule = (line: string): boolean => line !== "" && !/[\p{L}\p{N}]/u.test(line);
  const lines = text.split("\n");
  while (lines[0] !== undefined && isRule(lines[0])) lines.shift();
  while (isRule(lines.at(-1) ?? "")) lines.pop();
  return lines.join("\n").trim();
}
