import { describe, expect, test } from "vitest";
import { quoteUser } from "./diagnostics.ts";

const line = "BEGIN { ä = 1; count(com); }";
const quoted = `-e:1:23: error: undeclared 'com'
    1 | ${line}
      |                      ^
`;

describe("what clang says of a one-liner", () => {
  test.each([
    ["since clang 16", "    1 |                       com\n      |                       ^~~\n"],
    ["before clang 16", "                      com\n                      ^~~\n"],
  ])("is quoted as it was written, with columns in bytes: %s", (_, quotation) => {
    expect(quoteUser(`-e:1:23: error: undeclared 'com'\n${quotation}1 error generated.\n`, line)).toBe(quoted);
  });

  test("points to the call where it is about code that was made of it", () => {
    const made = "-e:1:24: error: bad\n    1 |                do { x } while (0)\n      |                         ^\n";
    expect(quoteUser(made, line)).toBe(`-e:1:15: error: bad\n    1 | ${line}\n      |              ^\n`);
  });

  test("is said once, although a clause is compiled for every hook", () => {
    expect(quoteUser("-e:1:9: error: bad\n-e:1:9: error: bad\n2 errors generated.\n", line)).toBe(
      `-e:1:9: error: bad\n    1 | ${line}\n      |         ^\n`,
    );
  });

  test("does not quote the code that lbc made around it", () => {
    const made = "lbc:29:21: error: odd\n   29 | int made;\n      |     ^\nlbc:7:1: note: previous definition is here\n    7 | int made;\n";
    expect(quoteUser(made, line)).toBe("-e: error: odd\n");
  });

  test("stays as it is where it is about another file, or a line that is not there", () => {
    const others = "x.h:1:2: warning: odd\n    1 | abc\n      |  ^\n-e:7:1: error: late\n";
    expect(quoteUser(others, line)).toBe(others);
    expect(quoteUser("", line)).toBe("");
  });
});
