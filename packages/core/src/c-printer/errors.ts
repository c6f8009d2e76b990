import { BtfError, type BtfErrorCode, type BtfId } from "../btf/index.ts";

const hint = "the type information is damaged; compile the object again";

const fail = (code: BtfErrorCode, message: string): BtfError => new BtfError(code, { section: ".BTF", message, hint });

export const endless = (id: BtfId): BtfError => fail("cycle", `type ${id} refers to itself without end`);
export const tooLarge = (id: BtfId): BtfError => fail("too-large", `type ${id} is larger than 4 GiB`);
export const tooMuchText = (): BtfError => fail("too-large", "the types are more than 128 MiB of text");
export const withoutSize = (id: BtfId): BtfError => fail("no-size", `type ${id} has no size, and something holds it by value`);
export const badMember = (id: BtfId, what: string): BtfError => fail("bad-record", `a member of type ${id} ${what}`);
export const badEnum = (id: BtfId, size: number): BtfError => fail("bad-record", `the enum of type ${id} has ${size} bytes`);
