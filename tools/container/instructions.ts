/** One instruction of a Containerfile, such as RUN, with the text behind it. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/**
 * The instructions of a Containerfile in order, lines that a backslash continues as one; without heredocs and parser directives.
 * @see https://docs.docker.com/reference/dockerfile/
 */
export function parseInstructions(containerfile: string): Instruction[] {
  const lines = containerfile.split("\n").filter((line) => !/^\s*#/.test(line));
  const whole = lines.join("\n").replaceAll(/\\[ \t]*\n/g, " ");
  return whole
    .split("\n")
    .map((line) => /^\s*(\w+)\s+(.*\S)\s*$/.exec(line))
    .filter((match) => match !== null)
    .map(([, name = "", text = ""]) => ({ name: name.toUpperCase(), text: text.replaceAll(/[ \t]+/g, " ") }));
}

/** The variables of an ENV instruction of the form NAME=VALUE…, with $NAME replaced by what was set before. */
export function parseEnv(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const pairs = text.split(" ").map((pair) => /^(\w+)=(.*)$/.exec(pair));
  return Object.fromEntries(
    pairs.map((match) => {
      if (match === null) throw new Error(`ENV ${text}: not of the form NAME=VALUE`);
      const [, name = "", value = ""] = match;
      return [name, value.replaceAll(/\$(\w+)/g, (_, other: string) => before[other] ?? "")];
    }),
  );
}
