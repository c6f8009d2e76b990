import { type ElfImage, textAt, viewOf } from "../elf-image/index.ts";
import { RuntimeError } from "../errors.ts";

/** A place in a program that its authors marked (SystemTap's `DTRACE_PROBE`); one probe may have many. */
export interface UsdtSite {
  /** Of the instruction, in the file. */
  readonly offset: number;
  /** Of the counter that is raised while somebody watches, in the file; 0 where there is none. */
  readonly semaphore: number;
  /** Of the instruction, as the file says. */
  readonly address: number;
  /** Where the arguments are, such as `-4@%edi 8@-16(%rbp)`. */
  readonly arguments: string;
}

const noteName = "stapsdt";
const noteType = 3;
const noteHeader = 12;

/**
 * The places of a probe. Throws RuntimeError `no-such-target` where there is none.
 * @see https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation
 */
export function usdtSites(image: ElfImage, provider: string, name: string): UsdtSite[] {
  const notes = [...readNotes(image)];
  const found = notes.filter((note) => note.provider === provider && note.name === name);
  if (found.length > 0) return found.map((note) => site(image, note));
  const known = [...new Set(notes.map((note) => `${note.provider}:${note.name}`))];
  throw new RuntimeError("no-such-target", {
    file: image.file,
    message: `there is no probe ${provider}:${name} in it`,
    hint: known.length === 0 ? "it was built without probes (sys/sdt.h)" : `it has ${known.join(", ")}`,
  });
}

interface Note {
  readonly provider: string;
  readonly name: string;
  readonly arguments: string;
  readonly address: number;
  /** The address of .stapsdt.base when the note was written: what prelink moved, moved with it. */
  readonly base: number;
  readonly semaphore: number;
}

function site(image: ElfImage, note: Note): UsdtSite {
  const base = image.section(".stapsdt.base");
  const moved = base === undefined ? 0 : base.address - note.base;
  const address = note.address + moved;
  const offset = image.offsetOf(address);
  const semaphore = note.semaphore === 0 ? 0 : image.offsetOf(note.semaphore + moved);
  if (offset === undefined || semaphore === undefined) {
    throw new RuntimeError("no-such-target", {
      file: image.file,
      message: `the probe ${note.provider}:${note.name} lies outside of the file`,
    });
  }
  return { offset, semaphore, address, arguments: note.arguments };
}

function* readNotes(image: ElfImage): Generator<Note> {
  const section = image.section(".note.stapsdt");
  if (section === undefined) return;
  const bytes = image.content(section);
  const view = viewOf(bytes);
  const little = image.littleEndian;
  const aligned = (size: number): number => (size + 3) & ~3;
  for (let at = 0; at + noteHeader <= bytes.length; ) {
    const nameSize = view.getUint32(at, little);
    const size = view.getUint32(at + 4, little);
    const start = at + noteHeader + aligned(nameSize);
    const isOurs = view.getUint32(at + 8, little) === noteType && textAt(bytes, at + noteHeader) === noteName;
    if (isOurs && size >= 24 && start + size <= bytes.length) yield readNote(bytes.subarray(start, start + size), little);
    at = start + aligned(size);
  }
}

/** Three addresses, then three texts. */
function readNote(bytes: Uint8Array, little: boolean): Note {
  const view = viewOf(bytes);
  const address = (at: number): number => Number(view.getBigUint64(at, little));
  const provider = textAt(bytes, 24);
  const name = textAt(bytes, 24 + provider.length + 1);
  const specification = textAt(bytes, 24 + provider.length + 1 + name.length + 1);
  return { address: address(0), base: address(8), semaphore: address(16), provider, name, arguments: specification };
}
