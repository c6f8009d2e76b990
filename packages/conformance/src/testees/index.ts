import type { Language } from "@lbc/build";
import { c } from "./c.ts";
import { go } from "./go.ts";
import { python } from "./python.ts";
import { rust } from "./rust.ts";
import type { Testee } from "./testee.ts";
import { typescript } from "./typescript.ts";

export const testees: Readonly<Record<Language, Testee>> = { c, go, python, rust, typescript };
