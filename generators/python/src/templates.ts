import { readFileSync } from "node:fs";
import Handlebars from "handlebars";

/** NAME.hbs beside this file, compiled when it is first used. Templates only place finished strings, loop, and ask whether something is there. */
export function template<View>(name: string): (view: View) => string {
  let render: ((view: View) => string) | undefined;
  return (view) => {
    render ??= Handlebars.compile<View>(readFileSync(new URL(`${name}.hbs`, import.meta.url), "utf8"), {
      strict: true,
      noEscape: true,
      preventIndent: true,
    });
    return render(view);
  };
}
