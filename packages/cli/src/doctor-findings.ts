/** One line of what doctor says. */
export interface Finding {
  readonly name: string;
  /** missing: something that lbc needs does not work; limited: it works without, but for what the text says. */
  readonly state: "ok" | "limited" | "missing";
  readonly text: string;
  /** How to get what is not there. */
  readonly hint?: string;
}

export const ok = (name: string, text: string): Finding => ({ name, state: "ok", text });
export const limited = (name: string, text: string, hint: string): Finding => ({ name, state: "limited", text, hint });
export const missing = (name: string, text: string, hint: string): Finding => ({ name, state: "missing", text, hint });
