/** What attaching made: its descriptor, if the kernel has one for it, and how to end it. */
export interface Attachment {
  readonly fd: number | null;
  detach(): void;
}

export interface Link extends Disposable {
  /** Name of the program. */
  readonly program: string;
  /** The link's descriptor; null where the kernel has none for it (a socket), or more than one. */
  readonly fd: number | null;
  /** Detaches. May be called again. */
  close(): void;
}

export class ProgramLink implements Link {
  readonly program: string;
  readonly #onClose: (link: ProgramLink) => void;
  #attachment: Attachment | null;

  constructor(program: string, attachment: Attachment, onClose: (link: ProgramLink) => void) {
    this.program = program;
    this.#attachment = attachment;
    this.#onClose = onClose;
  }

  get fd(): number | null {
    return this.#attachment?.fd ?? null;
  }

  close(): void {
    const attachment = this.#attachment;
    this.#attachment = null;
    if (attachment === null) return;
    attachment.detach();
    this.#onClose(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Many attachments that end together. */
export function together(attachments: readonly Attachment[]): Attachment {
  const [only] = attachments;
  return {
    fd: attachments.length === 1 && only !== undefined ? only.fd : null,
    detach: () => {
      for (const attachment of attachments) attachment.detach();
    },
  };
}
