import { expect, test } from "vitest";
import { probeKernel } from "../index.ts";

/** By number in `enum bpf_func_id`. @see include/uapi/linux/bpf.h */
const helpers = { mapLookupElem: 1, xdpAdjustHead: 44, ringbufOutput: 130 };

test("this kernel takes what every kernel from 5.10 on does, and helpers in the programs that they are for", () => {
  const features = probeKernel(Object.values(helpers));
  for (const type of ["hash", "lpm_trie", "array_of_maps", "stack_trace", "ringbuf", "sk_storage"] as const)
    expect(features.mapTypes).toContain(type);
  for (const type of ["socket_filter", "xdp", "tracepoint", "cgroup_sock_addr", "sk_lookup"] as const)
    expect(features.programTypes).toContain(type);
  expect(features.helpers.get("xdp")).toEqual(new Set(Object.values(helpers)));
  expect(features.helpers.get("socket_filter")).toEqual(new Set([helpers.mapLookupElem, helpers.ringbufOutput]));
  expect(features.btf.dataSections).toBe(true);
});
