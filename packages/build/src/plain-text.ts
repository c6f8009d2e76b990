/** Text without the sequences that colour it. Importing node:util would take as long as importing all of lbc build, for a failure only. */
export const plainText = (text: string): string => process.getBuiltinModule("node:util").stripVTControlCharacters(text);
