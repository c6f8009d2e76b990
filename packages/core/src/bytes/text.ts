interface Codec {
  readonly TextDecoder: new (label: string) => { decode(bytes: Uint8Array): string };
  readonly TextEncoder: new () => { encode(text: string): Uint8Array };
}
// Every host of JavaScript has them; the library of the language itself, which is all that core is compiled against, does not.
const { TextDecoder, TextEncoder } = globalThis as unknown as Codec;
const decoder = new TextDecoder("utf-8");
const encoder = new TextEncoder();

/** Bytes that are no UTF-8 become U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}
