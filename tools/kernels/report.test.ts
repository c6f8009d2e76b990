import { expect, test } from "vitest";
import { type Language, readReport } from "./report.ts";

test.each<[Language, readonly string[]]>([
  ["c", ["ok loads", "ok attaches", "links.c:7: failed: fd >= 0", "FAILED pins", "skipped streams: ring buffers came with Linux 5.8"]],
  [
    "go",
    [
      "=== RUN   TestLoads",
      "--- PASS: TestLoads (0.1s)",
      "=== RUN   TestAttaches/now",
      "    --- PASS: TestAttaches/now (0.00s)",
      "=== RUN   pins",
      "    links_test.go:7: got 1, want 2",
      "--- FAIL: pins (0.00s)",
      "=== RUN   TestStreams",
      "    events_test.go:9: ring buffers came with Linux 5.8",
      "--- SKIP: TestStreams (0.00s)",
    ],
  ],
  [
    "python",
    [
      "tests/test_links.py::loads PASSED                                       [ 25%]",
      "tests/test_links.py::attaches[a b] PASSED                               [ 50%]",
      "tests/test_links.py::pins FAILED                                        [ 75%]",
      "tests/test_links.py::streams SKIPPED (ring buffers came wit...)         [100%]",
      "SKIPPED [1] tests/needs.py:21: ring buffers came with Linux 5.8",
      "FAILED pins - AssertionError: 1",
      "============= 1 failed, 2 passed, 1 skipped in 3.21s =============",
    ],
  ],
  [
    "rust",
    [
      "test loads ... libbpf: loaded",
      "ok",
      "---- streams stdout ----",
      "skipped: ring buffers came with Linux 5.8",
      "successes:",
      "    loads",
      "failures:",
      "",
      "---- pins stdout ----",
      "panicked",
      "",
      "failures:",
      "    pins",
      "",
      "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out",
      "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
    ],
  ],
  [
    "typescript",
    [
      " ✓ links.test.ts > loads 12ms",
      " ✓ links.test.ts > attaches 3ms",
      " ↓ links.test.ts > streams 0ms [ring buffers came with Linux 5.8]",
      " × links.test.ts > pins 8ms",
      " FAIL  pins",
    ],
  ],
])("what the test runner of %s prints is counted, with the names of failures and the reasons of skips", (language, lines) => {
  expect(readReport[language](`${lines.join("\n")}\n`)).toEqual({
    passed: 2,
    failed: ["pins"],
    skipped: ["ring buffers came with Linux 5.8"],
  });
});
