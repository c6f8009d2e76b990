/** What is known about an address. */
export interface AddressSymbol {
  readonly address: bigint;
  /** Of the function, as the compiler spells it (C++ and Rust names are mangled); null where it is not known. */
  readonly name: string | null;
  /** From the start of the function, in bytes; 0 where it is not known. */
  readonly offset: number;
  /** The kernel module, or the path of the mapped file (`[vdso]` among them); null for the kernel itself and where it is not known. */
  readonly module: string | null;
}

export function unknownSymbol(address: bigint, module: string | null = null): AddressSymbol {
  return { address, name: null, offset: 0, module };
}

/** `vfs_read+0x12`, `nf_hook [nf_tables]`, `malloc [libc.so.6]`; the address in hexadecimal where no name is known. */
export function symbolText(symbol: AddressSymbol): string {
  const { address, name, offset, module } = symbol;
  const where = name === null ? `0x${address.toString(16)}` : offset === 0 ? name : `${name}+0x${offset.toString(16)}`;
  const file = module?.slice(module.lastIndexOf("/") + 1);
  return file === undefined ? where : `${where} [${file.replace(/^\[(.*)\]$/, "$1")}]`;
}
