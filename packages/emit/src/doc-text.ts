/**
 * Documentation without what would change the code around it: control characters become spaces, but for line ends (all are `\n`) and
 * tabs; characters that nobody sees and that turn the direction of text around, which compilers refuse, are left out.
 */
export function printable(text: string): string {
  return text
    .replaceAll(/\r\n|[\r\v\f\x85\u2028\u2029]/g, "\n")
    .replaceAll(/(?![\n\t])\p{Cc}/gu, " ")
    .replaceAll(/\p{Cs}|[\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu, "");
}
