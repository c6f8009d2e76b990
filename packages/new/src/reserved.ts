import type { ProjectLanguage } from "./kinds.ts";

const list = (names: string): string[] => names.trim().split(/\s+/);

/** What the templates' own code calls its things, in any language. */
const ofTemplates = list(`address_symbol bpf duration event events frame generated lbc lbc_error link links
  main maps packet_count packet_socket profile_key programs progs reverse rodata skel skeleton src stack_traces symbolizer test tests`);

/** Keywords, and what a build tool or the standard library has taken, in the spelling of an identifier. */
const ofLanguages: Readonly<Record<ProjectLanguage, Readonly<Record<string, readonly string[]>>>> = {
  c: {
    "a keyword of C":
      list(`auto bool break case char const continue default do double else enum extern false float for goto if inline int long
      nullptr register restrict return short signed sizeof static struct switch thread_local true typedef typeof union unsigned void volatile
      while`),
    "a target that make or CMake has": list("all build check clean depend edit_cache help install package rebuild_cache"),
  },
  go: {
    "a keyword of Go": list(`break case chan const continue default defer else fallthrough for func go goto if import interface map package
      range return select struct switch type var`),
    "a package that the program imports": list(
      "bufio cmp context exec fmt golbc io log net os regexp signal slices strconv strings testing time",
    ),
    "what the program calls something else": list("hertz names number protocols show stack sum write"),
    "a folder that Go treats otherwise": list("internal testdata vendor"),
  },
  python: {
    "a keyword of Python": list(`and as assert async await break class continue def del elif else except false finally for from global if
      import in is lambda none nonlocal not or pass raise return true try while with yield`),
    // Beside it, `python -m` would import the project in its place.
    "a module that pylbc or the program imports": list(`abc argparse array ast asyncio atexit base64 bisect calendar codecs collections
      contextlib copy ctypes dataclasses datetime decimal dis email enum errno fcntl fractions functools gc gettext glob hashlib heapq html
      http importlib inspect io ipaddress itertools json keyword linecache locale logging marshal math mmap numbers numpy opcode operator os
      pathlib pickle pkgutil platform posixpath pprint profile pylbc queue random re select selectors shutil signal site socket ssl stat string
      struct subprocess symtable sys sysconfig tempfile textwrap threading time token tokenize traceback types typing unittest urllib uuid
      warnings weakref xml zipfile zipimport zlib`),
    // The project's program would take its place, or `python3 -m venv` beside the project's folder find the project.
    "a program or module of a virtual environment": list("activate ensurepip hatch_build pip pip3 pytest python python3 shlex venv"),
  },
  rust: {
    "a keyword of Rust":
      list(`abstract as async await become box break const continue crate do dyn else enum extern false final fn for gen if
      impl in let loop macro match mod move mut override priv pub ref return self static struct super trait true try type typeof unsafe
      unsized use virtual where while yield`),
    "a crate of the standard library or of the program": list("alloc anyhow core libc proc_macro rlbc std"),
    "a folder that Cargo has": list("build deps examples incremental target"),
  },
  typescript: {
    "a module of Node":
      list(`assert buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain events fs http
      http2 https inspector module net os path perf_hooks process punycode querystring readline repl sqlite stream string_decoder sys timers
      tls tty url util v8 vm wasi worker_threads zlib`),
    "a folder that npm has": ["node_modules"],
  },
};

/** Names that no project of this language may have, each with what it is. */
export function reservedNames(language: ProjectLanguage): ReadonlyMap<string, string> {
  const reserved = new Map(ofTemplates.map((name) => [name, "what the project's own code calls something else"]));
  for (const [what, names] of Object.entries(ofLanguages[language])) for (const name of names) reserved.set(name, what);
  return reserved;
}
