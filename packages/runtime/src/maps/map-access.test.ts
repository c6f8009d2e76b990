import { expect, test } from "vitest";
import { Descriptor } from "../bpf/descriptor.ts";
import { bytes, scalars } from "../codec.ts";
import { FakeSys } from "../sys/fake.test.support.ts";
import { KeyedMap } from "./keyed-map.ts";
import { MapAccess } from "./map-access.ts";
import { MapHandle, type MapShape } from "./map-handle.ts";

const shape: MapShape = { name: "counts", type: "hash", keySize: 4, valueSize: 12, maxEntries: 16, pagesPerCpu: 1 };

test.each([1, 4, 8, 12, 40, 100])("a key and a value of %i bytes are as long as the map's, and cleared to the last byte", (size) => {
  const access = new MapAccess(new FakeSys({}), { ...shape, keySize: size, valueSize: size, fd: 3 });
  expect([access.key.length, access.keyView.byteLength, access.value.length, access.valueView.byteLength]).toEqual(Array(4).fill(size));
  access.key.fill(0xff);
  access.value.fill(0xff);
  access.clearKey();
  access.clearValue();
  expect([...access.key, ...access.value]).toEqual(Array(2 * size).fill(0));
});

test("a value that was read is a copy, which the next one does not change", () => {
  const sys: FakeSys = new FakeSys({
    bpf: (_, attr) => {
      const key = sys.at(attr.getBigUint64(8, true));
      sys.at(attr.getBigUint64(16, true)).fill(key[0] ?? 0);
      return 0;
    },
  });
  const map = new KeyedMap(new MapHandle(sys, shape, new Descriptor(sys, 3, "map counts")), scalars("little").u32, bytes(12));
  const [one, two] = [map.get(1), map.get(2)];
  expect([one, two]).toEqual([new Uint8Array(12).fill(1), new Uint8Array(12).fill(2)]);
});
