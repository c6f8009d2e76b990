/** What a system call through koffi costs in itself: what @lbc/runtime takes on top of it is its own. */
import koffi from "koffi";

/** `__NR_bpf` and BPF_MAP_UPDATE_ELEM. @see include/uapi/linux/bpf.h */
const bpf = process.arch === "x64" ? 321 : 280;
const mapUpdate = 2;
/** Up to the flags: map_fd, padding, key, value, flags. */
const attrSize = 32;

/** Writes a u64 under a u32, from buffers whose addresses are in the attr once and for all. */
export function bareUpdate(fd: number): (key: number, value: number) => void {
  const syscall = koffi.load(null).func("syscall", "int", ["int", "int", "uintptr_t", "int"]);
  const [attr, keys, values] = [new DataView(new ArrayBuffer(attrSize)), new Uint32Array(1), new Uint32Array(2)];
  attr.setUint32(0, fd, true);
  attr.setBigUint64(8, koffi.address(keys), true);
  attr.setBigUint64(16, koffi.address(values), true);
  const address = Number(koffi.address(attr));
  return (key, value) => {
    keys[0] = key;
    values[0] = value;
    if (syscall(bpf, mapUpdate, address, attrSize) < 0) throw new Error(`bpf(2): errno ${koffi.errno()}`);
  };
}
