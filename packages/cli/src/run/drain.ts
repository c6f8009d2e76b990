import type { Output } from "../io.ts";

/** Resolves when a stream takes more: a reader that is slow holds up what writes to it. */
export async function drained(stream: Output): Promise<void> {
  if (stream.writableNeedDrain !== true || stream.once === undefined) return;
  await new Promise<void>((resolve) => stream.once?.("drain", resolve));
}
