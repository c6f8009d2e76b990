/** Colours of a terminal, or none: each wraps a finished text. */
export interface Style {
  heading(text: string): string;
  name(text: string): string;
  type(text: string): string;
  dim(text: string): string;
  warning(text: string): string;
}

/** Select Graphic Rendition. @see ECMA-48, 8.3.117 */
const sgr =
  (code: number) =>
  (text: string): string =>
    text === "" ? "" : `\x1b[${code}m${text}\x1b[0m`;
const plain = (text: string): string => text;

export function styleFor(color: boolean): Style {
  return color
    ? { heading: sgr(1), name: sgr(1), type: sgr(36), dim: sgr(2), warning: sgr(33) }
    : { heading: plain, name: plain, type: plain, dim: plain, warning: plain };
}

/** Names in an object are anyone's: what would move the cursor or change the colour is shown as its code. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
