import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** `e_machine` of BPF and the offset of `e_shoff`. @see https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html */
const bpfMachine = 247;
const headerSize = 64;
const magic = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2]);

/** The BPF objects in a binary: an object ends with its section headers. */
export function embeddedObjects(binary: Buffer): Buffer[] {
  const objects: Buffer[] = [];
  for (let at = binary.indexOf(magic, 1); at !== -1; at = binary.indexOf(magic, at + 1)) {
    if (at + headerSize > binary.length || binary.readUInt16LE(at + 18) !== bpfMachine) continue;
    const end = at + Number(binary.readBigUInt64LE(at + 40)) + binary.readUInt16LE(at + 58) * binary.readUInt16LE(at + 60);
    if (end <= binary.length) objects.push(Buffer.from(binary.subarray(at, end)));
  }
  return objects;
}

export interface NamedObject {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Every object below a folder: `*.o` as it is, other files for what is embedded in them. */
export function objectsIn(folder: string): NamedObject[] {
  const files = readdirSync(folder)
    .map((name) => ({ name, path: join(folder, name) }))
    .filter(({ path }) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
  return files.flatMap(({ name, path }) => {
    const bytes = readFileSync(path);
    const objects = name.endsWith(".o") ? [bytes] : embeddedObjects(bytes);
    return objects.map((object, index) => ({ name: objects.length === 1 ? name : `${name}#${index}`, bytes: object }));
  });
}
