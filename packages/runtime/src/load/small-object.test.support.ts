import { BtfBuilder, readBtf } from "@lbc/core/btf";
import type { BpfObject, MapDefinition } from "@lbc/core/object";

/** `r0 = 0; exit` */
const code = Uint8Array.from([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);

/** What the maps of tests have in common; none of it is of use without a name, a type and a number of entries. */
export const mapDefaults = {
  key: null,
  value: null,
  keySize: 4,
  valueSize: 4,
  flags: 0,
  numaNode: null,
  pinning: "none",
  extra: 0n,
  inner: null,
  initial: [],
  event: null,
  variable: 0,
  struct: 0,
  sectionIndex: 2,
  offset: 0,
} as const;

/** One program, three maps and a .bss of 8 bytes, as readObject would give them. */
export function smallObject(change: Partial<BpfObject> = {}): BpfObject {
  const b = new BtfBuilder();
  const int = b.add({ kind: "int", name: "int", size: 4, signed: true, char: false, bool: false, bits: 32, bitOffset: 0 });
  const section = { type: 1, flags: 6, offset: 64, align: 8, link: 0, info: 0, entrySize: 0, relocations: [] };
  const maps: MapDefinition[] = [
    { ...mapDefaults, name: "counts", type: "hash", maxEntries: 10, key: int, value: int },
    { ...mapDefaults, name: "ring", type: "ringbuf", maxEntries: 5000, keySize: 0, valueSize: 0, offset: 32 },
    { ...mapDefaults, name: "perf", type: "perf_event_array", maxEntries: 0, offset: 64 },
  ];
  return {
    elf: {
      bytes: new Uint8Array(),
      endianness: "little",
      sections: [
        { ...section, index: 0, name: "", size: 0, data: new Uint8Array() },
        { ...section, index: 1, name: "socket", size: code.length, data: code },
      ],
      symbols: [],
    },
    btf: readBtf(b.build()),
    btfExt: { functions: [], lines: [], relocations: [] },
    license: "GPL",
    kernelVersion: null,
    programs: [
      {
        name: "filter",
        section: "socket",
        sectionIndex: 1,
        offset: 0,
        size: code.length,
        type: "socket_filter",
        attachType: null,
        attach: { kind: "socket_filter" },
        autoload: true,
        sleepable: false,
        frags: false,
        btfId: null,
      },
    ],
    subprograms: [],
    maps,
    legacyMaps: [],
    data: [{ name: ".bss", kind: "bss", sectionIndex: 3, size: 8, align: 8, variables: [] }],
    externs: [],
    unresolved: [],
    structOps: [],
    ...change,
  };
}
