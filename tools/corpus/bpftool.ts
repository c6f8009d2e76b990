import { execa } from "execa";

/** What `bpftool -j btf dump` prints of a type: a reader of BTF that shares no line with ours. */
export interface PeerType {
  readonly id: number;
  readonly kind: string;
  readonly name: string;
  readonly size?: number;
  readonly type_id?: number;
  readonly nr_elems?: number;
  readonly encoding?: string;
  readonly members?: readonly PeerMember[];
  readonly values?: readonly { readonly name: string; readonly val: number }[];
  readonly vars?: readonly { readonly type_id: number; readonly offset: number; readonly size: number }[];
}

export interface PeerMember {
  readonly name: string;
  readonly type_id: number;
  readonly bits_offset: number;
  readonly bitfield_size?: number;
}

const void_: PeerType = { id: 0, kind: "VOID", name: "void" };

/** The BTF of one object, as bpftool reads it. */
export class PeerBtf {
  readonly types: readonly PeerType[];

  constructor(types: readonly PeerType[]) {
    this.types = types;
  }

  static async read(object: string): Promise<PeerBtf> {
    const { stdout } = await execa("bpftool", ["-j", "btf", "dump", "file", object], { maxBuffer: 256 * 1024 * 1024 });
    return new PeerBtf((JSON.parse(stdout) as { types: PeerType[] }).types);
  }

  type(id: number | undefined): PeerType {
    return this.types[(id ?? 0) - 1] ?? void_;
  }

  /** Without typedefs, qualifiers and tags. */
  resolve(id: number | undefined): PeerType {
    let type = this.type(id);
    while (["TYPEDEF", "CONST", "VOLATILE", "RESTRICT", "TYPE_TAG"].includes(type.kind)) type = this.type(type.type_id);
    return type;
  }

  /** The variables of each data section, by section name. */
  sections(): Map<string, PeerType[]> {
    return new Map(
      this.types
        .filter(({ kind }) => kind === "DATASEC")
        .map(({ name, vars = [] }) => [name, vars.map(({ type_id }) => this.type(type_id))]),
    );
  }
}
