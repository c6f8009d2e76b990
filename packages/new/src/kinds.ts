export const projectLanguages = ["c", "go", "python", "rust", "typescript"] as const;
export type ProjectLanguage = (typeof projectLanguages)[number];

interface Beginning {
  /** What the program does. */
  readonly description: string;
  /** Which words it takes. */
  readonly usage: string;
  /** Whether it names the functions of processes, for which some runtimes need another library. */
  readonly symbols: boolean;
}

/** What a project has to begin with. */
export const templates = {
  trace: { description: "Shows every program that is executed", usage: "[PPID]", symbols: false },
  histogram: { description: "Shows how long tasks wait for a CPU", usage: "[SECONDS [PID]]", symbols: false },
  profile: { description: "Shows which functions the CPUs run", usage: "[SECONDS [PID]]", symbols: true },
  network: { description: "Counts the packets of a network interface by protocol", usage: "[SECONDS [INTERFACE]]", symbols: false },
} as const satisfies Readonly<Record<string, Beginning>>;

export type Template = keyof typeof templates;
export const templateNames = Object.keys(templates) as readonly Template[];
