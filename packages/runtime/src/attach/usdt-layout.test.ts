import { expect, test } from "vitest";
import { UsdtLayout } from "./usdt-layout.ts";
import { type Argument, usdtTypes } from "./usdt-types.test.support.ts";

/** `struct __bpf_usdt_arg_spec` of libbpf 1.7, as clang lays it out for -target bpfeb. */
const bigEndian: Argument = {
  size: 24,
  members: [
    ["val_off", 8, 0],
    ["idx_reg_off", 2, 80, 12],
    ["scale_bitshift", 2, 92, 4],
    ["arg_type", 4, 96, 8],
    ["reg_off", 2, 112],
    ["arg_signed", 1, 128],
    ["arg_bitshift", 1, 136],
  ],
};

test("on big-endian machines members and bit-fields are where clang puts those of an initialised struct", () => {
  const { btf, value } = usdtTypes(bigEndian);
  const layout = new UsdtLayout(btf, value);
  const bytes = new Uint8Array(layout.size);
  const values = { val_off: 1n, arg_type: 3n, idx_reg_off: 0x123n, scale_bitshift: 3n, reg_off: 0x40n, arg_signed: 1n, arg_bitshift: 32n };
  layout.writeArgument(bytes, 1, values, false);
  layout.writeSpec(bytes, { usdt_cookie: 77n, arg_cnt: 2n }, false);
  expect(Buffer.from(bytes.subarray(24, 48)).toString("hex")).toBe("000000000000000100001233030000400120000000000000");
  expect(Buffer.from(bytes.subarray(12 * 24)).toString("hex")).toBe("000000000000004d0002000000000000");
});
