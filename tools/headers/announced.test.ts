import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildObject, emitSdks, type Language, languages, readLayout } from "@lbc/build";
import { afterAll, beforeAll, expect, test } from "vitest";

/** The maps as coolbpf's announcement declares them, with an event of its program. */
const source = `#include "lbc.h"
struct data_t { u32 c_pid; char c_comm[16]; u32 stack_id; };
LBC_PERF_OUTPUT(e_out, struct data_t, 128);
LBC_HASH(pid_cnt, u32, u32, 1024);
LBC_STACK(call_stack, 32);
`;

/** What each language calls them and their types. */
const typed: Readonly<Record<Language, readonly RegExp[]>> = {
  c: [
    /e_out_fn\)\(void \*ctx, const struct data_t \*event,/,
    /lookup_pid_cnt\(.*const __u32 \*key, __u32 \*value\)/,
    /lookup_call_stack\(/,
  ],
  go: [/EOut \*golbc\.Events\[DataT\]/, /PidCnt \*golbc\.Map\[uint32, uint32\]/, /CallStack \*golbc\.Map\[uint32, \[127\]uint64\]/],
  python: [/e_out = EventStream\(.*struct\(DataT\)/, /pid_cnt = HashMap\(.*u32, \w+\.u32\)/, /call_stack = StackTraces\(/],
  rust: [/e_out: rlbc::PerfEventArray<DataT>/, /pid_cnt: rlbc::KeyedMap<u32, u32>/, /call_stack: rlbc::StackTraces/],
  typescript: [/eOut: .*PerfEventArray<DataT>/, /pidCnt: KeyedMap<number, number>/, /callStack: KeyedMap<number, readonly bigint\[\]>/],
};

let folder: string;
let texts: ReadonlyMap<Language, string>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-announced-"));
  const file = join(folder, "announced.bpf.c");
  await writeFile(file, source);
  const { object } = await buildObject([file]);
  const sdks = await emitSdks(object, readLayout(object, { name: "announced" }), { languages, source: "announced.bpf.o" });
  texts = new Map([...sdks].map(([language, files]) => [language, [...files].map(({ content }) => String(content)).join("\n")]));
});
afterAll(() => rm(folder, { recursive: true }));

test.each(languages)("the maps of coolbpf's announcement compile as they stand, and have their types in %s", (language) => {
  for (const pattern of typed[language]) expect(texts.get(language)).toMatch(pattern);
});
