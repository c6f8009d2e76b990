import type { RawBtf } from "../btf/index.ts";

/** The attribute that a type tag stands for: with the kind_flag its name is the attribute, else the text of a `btf_type_tag`. */
export function attributeOf(types: RawBtf, at: number): string {
  let text = "";
  for (let offset = types.nameAt(at); ; offset++) {
    const byte = types.strings[offset] ?? 0;
    if (byte === 0) break;
    text += String.fromCharCode(byte);
  }
  if (!types.flagAt(at)) return `__attribute__((btf_type_tag("${escaped(text)}")))`;
  return isAttribute(text) ? `__attribute__((${text}))` : "";
}

/** A name, with or without numbers, words and strings in parentheses. */
const isAttribute = (text: string): boolean => /^\w+(\((\w+|"[^"\\]*")(, ?(\w+|"[^"\\]*"))*\))?$/.test(text);

/** Three octal digits never run into the character behind them. */
function escaped(text: string): string {
  return text.replace(/["\\]|[^ -~]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`);
}
