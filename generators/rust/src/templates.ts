import { readFileSync } from "node:fs";
import Handlebars from "handlebars";

/** The template NAME.hbs beside this file. It may only place finished strings, loop, and ask whether something is there. */
export function template<View>(name: string): (view: View) => string {
  let render: ((view: View) => string) | undefined;
  return (view) => {
    render ??= Handlebars.compile<View>(readFileSync(new URL(`${name}.hbs`, import.meta.url), "utf8"), {
      strict: true,
      noEscape: true,
      preventIndent: true,
      knownHelpers: { if: true, each: true, lookup: false, with: false, unless: false, log: false },
      knownHelpersOnly: true,
    });
    return render(view);
  };
}
