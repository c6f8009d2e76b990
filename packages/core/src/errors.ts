/** Where in the input a problem was found. */
export interface ErrorPlace {
  /** Path of the file, as the user named it. */
  readonly file?: string | undefined;
  /** Line of a source file, from 1. */
  readonly line?: number | undefined;
  /** ELF section, such as `.BTF` or `.maps`. */
  readonly section?: string | undefined;
  /** C type, map, program or variable. */
  readonly type?: string | undefined;
  /** Byte offset, from the start of the section if one is named, else of the file. */
  readonly offset?: number | undefined;
}

/** How an error is described: what happened, where, and what the user can do. */
export interface ErrorDetails extends ErrorPlace {
  readonly message?: string | undefined;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** Base of every error that lbc throws: a stable `code`, a place, and a hint. Bad input never throws anything else. */
export class LbcError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly place: ErrorPlace;
  readonly hint: string | undefined;

  constructor(code: Code, details: ErrorDetails = {}) {
    const { message, hint, cause, ...place } = details;
    super(message ?? code.replaceAll("-", " "), cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.place = place;
    this.hint = hint;
  }

  /** The same error, with the file's name added once the caller knows it. */
  in(file: string): this {
    Object.assign(this.place, { file: this.place.file ?? file });
    return this;
  }

  /** `file: .BTF+0x12: message [code]`, the form that the command prints. */
  describe(): string {
    const { file, line, section, type, offset } = this.place;
    const at = offset === undefined ? "" : `+0x${offset.toString(16)}`;
    const source = file === undefined || line === undefined ? file : `${file}:${line}`;
    const where = [source, section === undefined && at === "" ? undefined : `${section ?? ""}${at}`, type];
    return `${where
      .filter((part) => part !== undefined)
      .map((part) => `${part}: `)
      .join("")}${this.message} [${this.code}]`;
  }
}

/** Makes a switch over a union exhaustive: a new kind that is not handled does not compile. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value: ${JSON.stringify(value)}`);
}
