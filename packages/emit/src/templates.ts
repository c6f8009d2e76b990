import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import runtime from "handlebars/runtime.js";

/**
 * How templates are compiled: they only place finished strings, loop, and ask whether something is there. `lookup` and its like are
 * names of views, no helpers.
 */
export const templateOptions = {
  strict: true,
  noEscape: true,
  preventIndent: true,
  knownHelpers: { if: true, each: true, lookup: false, with: false, unless: false, log: false },
  knownHelpersOnly: true,
} as const;

// The build compiles templates to NAME.hbs.cjs, because compiling takes longer than everything else that a generator does. The compiler
// is asked for by require: Nx requires its generators, which an import that is waited for would forbid.
const unbuilt = import.meta.url.endsWith(".ts");
const Handlebars = (unbuilt ? createRequire(import.meta.url)("handlebars") : runtime) as typeof import("handlebars");

/**
 * The templates beside a module (its `import.meta.url`), each loaded when it is first used.
 *
 * @example
 * const template = templatesBeside(import.meta.url);
 * const skeleton = template<View>("skeleton", ["maps"]); // skeleton.hbs, which includes {{> maps}}
 */
export function templatesBeside(url: string): <View>(name: string, parts?: readonly string[]) => (view: View) => string {
  return (name, parts = []) => {
    let render: ((view: unknown) => string) | undefined;
    return (view) => {
      render ??= load(url, name, parts);
      return render(view);
    };
  };
}

function load(url: string, name: string, parts: readonly string[]): (view: unknown) => string {
  const handlebars = Handlebars.create();
  const read = (part: string): string => readFileSync(new URL(`${part}.hbs`, url), "utf8");
  const compiled = (part: string) => handlebars.template(createRequire(url)(`./${part}.hbs.cjs`));
  for (const part of parts) handlebars.registerPartial(part, unbuilt ? read(part) : compiled(part));
  return unbuilt ? handlebars.compile(read(name), templateOptions) : compiled(name);
}
