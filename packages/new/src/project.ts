import { FileSet } from "@lbc/emit";
import { type ProjectLanguage, type Template, templates } from "./kinds.ts";
import { type Names, projectNames } from "./names.ts";
import { shapes } from "./shapes.ts";
import { template } from "./templates.ts";

export interface ProjectOptions {
  /** What the user calls it; see {@link projectNames} for what may stand before it. */
  readonly name: string;
  readonly language: ProjectLanguage;
  readonly template: Template;
  /** Version of lbc, whose packages the project asks for. */
  readonly version: string;
}

/** A project without its skeleton. */
export interface Project {
  /** Its folder. */
  readonly name: string;
  readonly files: FileSet;
  /** Files that are run. */
  readonly executables: readonly string[];
  /** The BPF source. */
  readonly source: string;
  /** The folder where the skeleton belongs, and the sums of what it was made from. */
  readonly generated: string;
  readonly sums: string;
  /** What builds it, in its folder, and what runs what was built there. */
  readonly build: string;
  readonly run: string;
}

/** All files of a new project, but the skeleton, which `lbc gen` makes. Throws NewError `bad-name`. */
export function createProject(options: ProjectOptions): Project {
  const { language } = options;
  const names = projectNames(options.name, language);
  const shape = shapes[language];
  const { files, executables = [], build, run, generated } = shape.of(names, options.template);
  const source = `bpf/${names.identifier}.bpf.c`;
  const sums = `${generated}/sources.sha256`;
  const view: View = {
    ...names,
    ...templates[options.template],
    version: options.version,
    source,
    generated,
    sums,
    skeleton: `${generated}/${names.identifier}.skel.h`,
    check: `sha256sum --check --status ${sums}`,
    generate: `gen ${source} --lang ${language}${shape.module ? " --module" : ""} --out ${generated} --sums ${sums}`,
    build,
    run,
  };
  const set = new FileSet().add(source, template<View>(`bpf/${options.template}.bpf.c`)(view));
  for (const [path, name] of Object.entries(files)) set.add(path, template<View>(`${language}/${name}`)(view));
  return { name: names.name, files: set, executables, source, generated, sums, build, run };
}

/** What the templates place. */
interface View extends Names {
  readonly description: string;
  readonly usage: string;
  readonly symbols: boolean;
  readonly version: string;
  readonly source: string;
  readonly generated: string;
  readonly sums: string;
  /** The header that C includes. */
  readonly skeleton: string;
  /** Commands: whether the skeleton is that of the sources, and what follows `lbc` to make it. */
  readonly check: string;
  readonly generate: string;
  readonly build: string;
  readonly run: string;
}
