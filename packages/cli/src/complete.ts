import type { Command, Option } from "commander";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** The words that an option takes, by its long name; what is not here takes a file. */
export type Choices = Readonly<Record<string, readonly string[]>>;

/** A script that teaches a shell a program's commands, options and their values; all other words are files. */
export function completionScript(shell: Shell, program: Command, choices: Choices): string {
  switch (shell) {
    case "bash":
      return bashScript(program, choices);
    case "zsh":
      return `autoload -Uz bashcompinit && bashcompinit\n${bashScript(program, choices)}`;
    case "fish":
      return fishScript(program, choices);
  }
}

/** @see https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion.html */
function bashScript(program: Command, choices: Choices): string {
  const name = program.name();
  const values = Object.entries(choices).map(([option, words]) => `    ${option}) wanted="${words.join(" ")}" ;;`);
  const options = program.commands.map((command) => `      ${command.name()}) wanted="${flags(command).join(" ")}" ;;`);
  return [
    `_${name}() {`,
    `  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} wanted=""`,
    `  case $before in`,
    ...values,
    `  esac`,
    `  if [ -z "$wanted" ] && [ "$COMP_CWORD" -eq 1 ]; then`,
    `    wanted="${[...program.commands.map((command) => command.name()), ...flags(program)].join(" ")}"`,
    `  elif [ -z "$wanted" ] && [ "\${word#-}" != "$word" ]; then`,
    `    case \${COMP_WORDS[1]} in`,
    ...options,
    `    esac`,
    `  fi`,
    `  if [ -n "$wanted" ]; then`,
    `    COMPREPLY=($(compgen -W "$wanted" -- "$word"))`,
    `  else`,
    `    COMPREPLY=($(compgen -f -- "$word"))`,
    `  fi`,
    `}`,
    `complete -o filenames -F _${name} ${name}`,
    "",
  ].join("\n");
}

/** @see https://fishshell.com/docs/current/completions.html */
function fishScript(program: Command, choices: Choices): string {
  const name = program.name();
  const commands = program.commands.map(
    (command) =>
      `complete -c ${name} -n __fish_use_subcommand -f -a ${command.name()} -d ${quoted(command.summary() || command.description())}`,
  );
  const options = program.commands.flatMap((command) =>
    command.options.map((option) => {
      const words = choices[option.long ?? ""];
      const value = words === undefined ? (option.required ? " -r" : "") : ` -x -a ${quoted(words.join(" "))}`;
      const short = option.short === undefined ? "" : ` -s ${option.short.slice(1)}`;
      const seen = quoted(`__fish_seen_subcommand_from ${command.name()}`);
      return `complete -c ${name} -n ${seen} -l ${longName(option)}${short}${value} -d ${quoted(option.description)}`;
    }),
  );
  return `${[...commands, ...options].join("\n")}\n`;
}

const flags = (command: Command): string[] => [...command.options.map((option) => `--${longName(option)}`), "--help"];
const longName = (option: Option): string => option.long?.slice(2) ?? option.name();
const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
