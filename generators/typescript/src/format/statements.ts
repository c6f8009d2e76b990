import { ts } from "ts-morph";
import { assignmentDoc } from "./assignment.ts";
import { classDoc, interfaceDoc, modifiersOf } from "./declarations.ts";
import { type Doc, group, hardline, ifBroken, indent, join, line, softline } from "./doc.ts";
import { expressionDoc } from "./expressions.ts";
import { typeDoc } from "./types.ts";

/** Statements, members or the like, with their comments; a blank line between two of them stays. */
export function linesDoc<Node extends ts.Node>(nodes: readonly Node[], print: (node: Node) => Doc): Doc {
  return nodes.map((node, index): Doc => {
    const isApart = /^\s*\n\s*\n/.test(node.getFullText());
    return [index === 0 ? "" : isApart ? [hardline, hardline] : hardline, commentsDoc(node), print(node)];
  });
}

/** The comments before a node, on lines of their own. */
export function commentsDoc(node: ts.Node): Doc {
  const { text } = node.getSourceFile();
  const ranges = ts.getLeadingCommentRanges(text, node.getFullStart()) ?? [];
  return ranges.map(({ pos, end }) => {
    const lines = text.slice(pos, end).split("\n");
    return [
      join(
        hardline,
        lines.map((part, index) => (index === 0 ? part : ` ${part.trim()}`)),
      ),
      hardline,
    ];
  });
}

/** `{ … }` with statements. */
export function blockDoc(block: ts.Block | undefined): Doc {
  if (block === undefined) return ";";
  if (block.statements.length === 0) return "{}";
  return ["{", indent([hardline, linesDoc(block.statements, statementDoc)]), hardline, "}"];
}

export function statementDoc(node: ts.Statement): Doc {
  if (ts.isImportDeclaration(node)) return importDoc(node);
  if (ts.isVariableStatement(node)) return variableDoc(node);
  if (ts.isClassDeclaration(node)) return classDoc(node);
  if (ts.isInterfaceDeclaration(node)) return interfaceDoc(node);
  if (ts.isTypeAliasDeclaration(node)) return aliasDoc(node);
  if (ts.isExpressionStatement(node)) return [expressionDoc(node.expression), ";"];
  if (ts.isReturnStatement(node)) return returnDoc(node);
  if (ts.isIfStatement(node)) return ifDoc(node);
  if (ts.isTryStatement(node)) return tryDoc(node);
  return node.getText();
}

/** `type Name = Other<Argument>;` */
function aliasDoc(node: ts.TypeAliasDeclaration): Doc {
  const gap = group(indent(line));
  const type = typeDoc(node.type);
  return group([modifiersOf(node), `type ${node.name.text} =`, gap, ifBroken(indent(type), type, gap), ";"]);
}

/** `import { a, type B } from "module";` */
function importDoc(node: ts.ImportDeclaration): Doc {
  const names = node.importClause?.namedBindings;
  if (names === undefined || !ts.isNamedImports(names)) return node.getText();
  const keyword = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword ? "import type " : "import ";
  const listed = join(
    [",", line],
    names.elements.map((name) => name.getText()),
  );
  return [keyword, group(["{", indent([line, listed, ifBroken(",")]), line, "}"]), ` from ${node.moduleSpecifier.getText()};`];
}

/** `const name: Type = value;`, `const { a, b } = value;` */
function variableDoc(node: ts.VariableStatement): Doc {
  const [declaration] = node.declarationList.declarations;
  if (declaration?.initializer === undefined) return node.getText();
  const { name, type, initializer } = declaration;
  const left = [modifiersOf(node), "const ", bindingDoc(name), type === undefined ? "" : [": ", typeDoc(type)]];
  return [assignmentDoc(left, " =", initializer), ";"];
}

function bindingDoc(name: ts.BindingName): Doc {
  if (!ts.isObjectBindingPattern(name)) return name.getText();
  const elements = name.elements.map((element) => element.getText());
  return group(["{", indent([line, join([",", line], elements), ifBroken(",")]), line, "}"]);
}

function returnDoc({ expression }: ts.ReturnStatement): Doc {
  if (expression === undefined) return "return;";
  const value = expressionDoc(expression);
  if (!ts.isBinaryExpression(expression)) return ["return ", value, ";"];
  return ["return ", group([ifBroken("("), indent([softline, value]), softline, ifBroken(")")]), ";"];
}

function ifDoc(node: ts.IfStatement): Doc {
  const condition = group([indent([softline, expressionDoc(node.expression)]), softline]);
  const then = node.thenStatement;
  return group(["if (", condition, ")", ts.isBlock(then) ? [" ", blockDoc(then)] : indent([line, statementDoc(then)])]);
}

function tryDoc(node: ts.TryStatement): Doc {
  const { catchClause } = node;
  if (catchClause === undefined) return node.getText();
  return ["try ", blockDoc(node.tryBlock), ` catch (${catchClause.variableDeclaration?.getText() ?? ""}) `, blockDoc(catchClause.block)];
}
