/** Names for addresses: those of kernel stacks and of user stacks. */
export { KernelSymbols } from "./kernel-symbols.ts";
export { ProcessSymbols } from "./process-symbols.ts";
export { type AddressSymbol, symbolText } from "./symbol.ts";
export { Symbolizer } from "./symbolizer.ts";
