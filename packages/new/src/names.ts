import { convertCase, words } from "@lbc/emit";
import { NewError } from "./errors.ts";
import type { ProjectLanguage } from "./kinds.ts";
import { reservedNames } from "./reserved.ts";

/** What one project is called where. */
export interface Names {
  /** The project, its folder and its program: `page-faults`. */
  readonly name: string;
  /** What its language's packages are known by: a Go module's path, an npm name with its scope; elsewhere the name. */
  readonly module: string;
  /** The BPF source's stem, and with it that of the skeleton: `page_faults`. */
  readonly identifier: string;
  /** The skeleton's type: `PageFaults`. */
  readonly type: string;
  /** The skeleton's Go package: `pagefaults`. */
  readonly package: string;
}

interface Rule {
  /** What may stand before the name, with its separator. */
  readonly prefix?: RegExp;
  readonly name: RegExp;
  readonly hint: string;
}

const anyCase = /^[A-Za-z][A-Za-z0-9]*([_-][A-Za-z0-9]+)*$/;
const letters = "letters, digits and single - or _ between them, with a letter first";

/** What each ecosystem's own tools take, without what is legal but breaks habits, such as doubled or trailing separators. */
const rules: Readonly<Record<ProjectLanguage, Rule>> = {
  c: { name: anyCase, hint: `a program's name is ${letters}` },
  /** @see https://go.dev/ref/mod#go-mod-file-ident */
  go: {
    prefix: /^([A-Za-z0-9][A-Za-z0-9.~_-]*\/)+/,
    name: anyCase,
    hint: `a module's name is ${letters}; a path may stand before it, as in github.com/you/hello`,
  },
  /** @see https://packaging.python.org/en/latest/specifications/name-normalization/ */
  python: { name: anyCase, hint: `a package's name is ${letters}` },
  /** @see https://doc.rust-lang.org/cargo/reference/manifest.html#the-name-field */
  rust: { name: anyCase, hint: `a crate's name is ${letters}` },
  /** @see https://docs.npmjs.com/cli/configuring-npm/package-json#name */
  typescript: {
    prefix: /^@[a-z0-9][a-z0-9._-]*\//,
    name: /^[a-z][a-z0-9]*([_-][a-z0-9]+)*$/,
    hint: `an npm package's name is lower-case ${letters}; a scope may stand before it, as in @you/hello`,
  },
};

/** More would not leave room for endings in a file's name, and npm takes no more. */
const longest = 200;

/** Every name that comes from the one that the user gave. Throws NewError `bad-name`. */
export function projectNames(given: string, language: ProjectLanguage): Names {
  const { prefix = /^/, name: allowed, hint } = rules[language];
  const name = given.replace(prefix, "");
  const refuse = (why: string, what: string): never => {
    throw new NewError("bad-name", { message: `${JSON.stringify(given)} ${why}`, hint: what });
  };
  if (given.length > longest) refuse(`has more than ${longest} letters`, hint);
  if (!allowed.test(name)) refuse(`is no name for a ${language} project`, hint);
  const identifier = convertCase(name, "snake_case");
  const why = reservedNames(language).get(identifier);
  if (why !== undefined) refuse(`is ${why}`, `choose another name, such as ${name}-tool`);
  return {
    name,
    module: given,
    identifier,
    type: convertCase(identifier, "PascalCase"),
    package: words(identifier).join("").toLowerCase(),
  };
}
