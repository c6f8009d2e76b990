import { readFileSync } from "node:fs";
import Handlebars from "handlebars";

const read = (name: string): string => readFileSync(new URL(`${name}.hbs`, import.meta.url), "utf8");

/**
 * The template NAME.hbs beside this file, with the parts that it includes; read and compiled when it is first used. Templates may only
 * place finished strings, loop, and ask whether something is there.
 */
export function template<View>(name: string, parts: readonly string[] = []): (view: View) => string {
  let render: ((view: View) => string) | undefined;
  return (view) => {
    if (render === undefined) {
      const handlebars = Handlebars.create();
      for (const part of parts) handlebars.registerPartial(part, read(part));
      render = handlebars.compile<View>(read(name), {
        strict: true,
        noEscape: true,
        preventIndent: true,
        // `lookup` is a function of ours, no helper
        knownHelpers: { if: true, each: true, lookup: false, with: false, unless: false, log: false },
        knownHelpersOnly: true,
      });
    }
    return render(view);
  };
}
