/** `an array`, `a struct`, `a union`: a noun that a message names, with its article. */
export const withArticle = (noun: string): string => `${/^[aeio]|^u(?!ni|se)/.test(noun) ? "an" : "a"} ${noun}`;
