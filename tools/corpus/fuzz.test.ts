import { readFileSync } from "node:fs";
import { LbcError } from "@lbc/core";
import { readElf, sectionType } from "@lbc/core/elf";
import { readObject } from "@lbc/core/object";
import fc from "fast-check";
import { expect, test } from "vitest";
import { corpusObjects } from "./objects.ts";

const paths = [...(await corpusObjects()), ...(await corpusObjects("cilium"))];
const objects = paths.map((path) => new Uint8Array(readFileSync(path)));

/** Reads an object and each of its types; gives the error where it is refused, and lets any error but lbc's own out. */
function readAll(bytes: Uint8Array): LbcError | null {
  try {
    const { btf } = readObject(readElf(bytes));
    for (let id = 0; id < (btf?.length ?? 0); id++) btf?.type(id);
    return null;
  } catch (error) {
    if (error instanceof LbcError) return error;
    throw error;
  }
}

test("an object that is cut where a section begins or ends is refused", () => {
  for (const bytes of objects) {
    const sections = readElf(bytes).sections.filter(({ type }) => type !== sectionType.noBits && type !== sectionType.null);
    for (const length of new Set(sections.flatMap(({ offset, size }) => [offset, offset + size]))) {
      if (length < bytes.length) expect(readAll(bytes.subarray(0, length))?.code).toBe("truncated");
    }
  }
});

type Damage = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;

/** A place in an object of any size. */
const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const at = (bytes: Uint8Array, where: number): number => Math.floor(where * bytes.length);

const flippedBit = fc.tuple(place, fc.nat(7)).map(
  ([where, bit]): Damage =>
    (bytes) => {
      const index = at(bytes, where);
      bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
      return bytes;
    },
);
/** A number of four bytes that is the most, the least, or somewhere in between. */
const otherNumber = fc.tuple(place, fc.oneof(fc.constantFrom(0, 1, 0x7fffffff, 0xffffffff), fc.nat(0xffff))).map(
  ([where, value]): Damage =>
    (bytes) => {
      const index = at(bytes, where) & ~3;
      if (index + 4 <= bytes.length) new DataView(bytes.buffer).setUint32(index, value, true);
      return bytes;
    },
);
const zeroed = fc.tuple(place, fc.nat(4096)).map(
  ([where, size]): Damage =>
    (bytes) =>
      bytes.fill(0, at(bytes, where), at(bytes, where) + size),
);
const copied = fc.tuple(place, place, fc.nat(256)).map(
  ([to, from, size]): Damage =>
    (bytes) => {
      return bytes.copyWithin(at(bytes, to), at(bytes, from), at(bytes, from) + size);
    },
);
const cut = place.map(
  (where): Damage =>
    (bytes) =>
      bytes.slice(0, at(bytes, where)),
);
const often = [flippedBit, otherNumber, zeroed, copied].map((arbitrary) => ({ arbitrary, weight: 5 }));
const damages = fc.array(fc.oneof(...often, { arbitrary: cut, weight: 1 }), { minLength: 1, maxLength: 8 });

const seconds = 10;

test(`objects that are damaged at random for ${seconds} seconds are read or refused, each in less than two`, () => {
  fc.assert(
    fc.property(fc.nat(objects.length - 1), damages, (index, all) => {
      const start = performance.now();
      readAll(all.reduce<Uint8Array<ArrayBuffer>>((bytes, damage) => damage(bytes), new Uint8Array(objects[index] ?? [])));
      expect(performance.now() - start).toBeLessThan(2000);
    }),
    { numRuns: 1_000_000, interruptAfterTimeLimit: seconds * 1000 },
  );
});
