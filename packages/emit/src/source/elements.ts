/** A lexical element of C: a comment or a directive is one, and a comment that nothing ends goes on to the end of the file. */
export const elements =
  /\/\*[\s\S]*?(?:\*\/|(?![\s\S]))|\/\/[^\n]*|^[ \t]*#(?:\/\*[\s\S]*?(?:\*\/|(?![\s\S]))|\/\/[^\n]*|\\\n|[^\n])*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[A-Za-z_]\w*|\n|[{}()[\];,=:]/gm;
