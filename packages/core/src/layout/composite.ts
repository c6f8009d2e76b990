import { isMisplaced as standsElsewhere } from "../btf/index.ts";
import { damaged } from "./errors.ts";
import type { Bits, Field, Member, Padding, Shape, SpecialField, TypeRef } from "./types.ts";

/** A member as BTF declares it, with what its type says of itself. */
export interface DraftMember {
  readonly name: string | null;
  /** From the start of the struct, in bits. */
  readonly bitOffset: number;
  /** 0 where the member is no bit-field. */
  readonly bitSize: number;
  readonly type: TypeRef;
  /** Size and least alignment of the type, in bytes. */
  readonly size: number;
  readonly align: number;
  /** Whether an integer or enum type is signed. */
  readonly signed: boolean;
  /** The shape of the struct or union that the member holds (in arrays as well); null for all else. */
  readonly shape: Shape | null;
  readonly zeroLength: boolean;
  readonly special: SpecialField | null;
  readonly doc: string | null;
}

export interface CompositeDraft {
  readonly kind: "struct" | "union";
  /** For errors: `struct event`. */
  readonly label: string;
  readonly size: number;
  readonly endianness: "little" | "big";
  readonly members: readonly DraftMember[];
}

export interface CompositeLayout {
  readonly align: number;
  readonly shape: Shape;
  readonly members: readonly Member[];
}

/**
 * Alignment, shape and members with their gaps. BTF records offsets only, so a struct counts as packed where its members stand where
 * their alignments would not put them; then its least alignment is 1.
 */
export function layOut(draft: CompositeDraft): CompositeLayout {
  checkRanges(draft);
  const natural = draft.members.reduce((most, member) => Math.max(most, member.align), 1);
  const packed = draft.size % natural !== 0 || draft.members.some(isMisplaced);
  const fields = draft.members.filter((member) => member.bitSize === 0);
  const last = draft.members.at(-1);
  return {
    align: packed ? 1 : natural,
    shape: {
      packed,
      explicitAlign: hasUnexplainedGap(draft, natural),
      containsAligned: draft.members.some((member) => member.shape?.explicitAlign || member.shape?.containsAligned),
      endsZeroSized: last !== undefined && last.bitSize === 0 && last.size === 0,
      misaligned: fields.some((member) => isMisplaced(member) || member.shape?.misaligned),
      bitFields: fields.length < draft.members.length,
    },
    members: withGaps(draft),
  };
}

const widthOf = (member: DraftMember): number => member.bitSize || member.size * 8;
const endOf = (member: DraftMember): number => member.bitOffset + widthOf(member);
const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to;

function checkRanges({ kind, label, size, members }: CompositeDraft): void {
  let end = 0;
  for (const member of members) {
    const place = { type: `${label}.${member.name ?? "(anonymous)"}` };
    if (endOf(member) > size * 8 || (member.bitSize === 0 && member.bitOffset % 8 !== 0)) {
      throw damaged("member-out-of-range", {
        ...place,
        message: `a member ends at bit ${endOf(member)}, its ${kind} has ${size} bytes`,
      });
    }
    if (kind === "union" && member.bitSize === 0 && member.bitOffset !== 0) {
      throw damaged("member-out-of-range", { ...place, message: "a member of a union does not begin at its start" });
    }
    if (kind === "struct" && member.bitOffset < end) {
      throw damaged("overlapping-members", { ...place, message: "a member of a struct begins inside the one before it" });
    }
    end = endOf(member);
  }
}

const isMisplaced = ({ bitOffset, bitSize, size, align }: DraftMember): boolean => standsElsewhere(bitOffset, bitSize, size, align);

/** Natural layout puts a field directly behind the one before it, or at the next multiple of its alignment. */
function hasUnexplainedGap({ kind, size, members }: CompositeDraft, natural: number): boolean {
  let end = 0;
  for (const member of members) {
    const offset = member.bitOffset / 8;
    if (kind === "struct" && member.bitSize === 0 && offset !== end && offset !== roundUp(end, member.align)) return true;
    end = Math.max(end, bytesEnd(member));
  }
  return size !== end && size !== roundUp(end, natural);
}

const bytesEnd = (member: DraftMember): number => Math.ceil(endOf(member) / 8);

function withGaps(draft: CompositeDraft): Member[] {
  const members: Member[] = [];
  let end = 0;
  const pad = (to: number): void => {
    if (to > end) members.push({ kind: "padding", offset: end, size: to - end } satisfies Padding);
  };
  draft.members.forEach((member, index) => {
    if (draft.kind === "struct") pad(Math.floor(member.bitOffset / 8));
    const last = draft.kind === "struct" && index === draft.members.length - 1;
    members.push(member.bitSize === 0 ? field(member, last) : bits(member, draft.endianness));
    end = Math.max(end, bytesEnd(member));
  });
  pad(draft.size);
  return members;
}

function field(member: DraftMember, last: boolean): Field {
  return {
    kind: "field",
    name: member.name,
    offset: member.bitOffset / 8,
    type: member.type,
    size: member.size,
    aligned: !isMisplaced(member),
    flexible: last && member.zeroLength,
    special: member.special,
    doc: member.doc,
  };
}

/** In a little-endian object bit 0 of a byte is its least significant one, in a big-endian object its most significant one. */
function bits(member: DraftMember, endianness: "little" | "big"): Bits {
  const offset = Math.floor(member.bitOffset / 8);
  const bytes = bytesEnd(member) - offset;
  const skipped = member.bitOffset - offset * 8;
  return {
    kind: "bits",
    name: member.name,
    bitOffset: member.bitOffset,
    bitSize: member.bitSize,
    signed: member.signed,
    type: member.type,
    unit: { offset, bytes },
    shift: endianness === "little" ? skipped : bytes * 8 - skipped - member.bitSize,
    doc: member.doc,
  };
}
