import { ts } from "ts-morph";
import { assignmentDoc } from "./assignment.ts";
import { functionDoc, parametersDoc } from "./declarations.ts";
import { type Doc, firstThatFits, group, hasHardline, ifBroken, indent, join, line, softline } from "./doc.ts";
import { blockDoc, commentsDoc } from "./statements.ts";
import { typeArguments, typeDoc } from "./types.ts";

/** An expression as it stands in the text, or what it becomes where it is too long for one line. */
export function expressionDoc(node: ts.Expression): Doc {
  if (ts.isCallExpression(node)) return [expressionDoc(node.expression), typeArguments(node.typeArguments), argumentsDoc(node.arguments)];
  if (ts.isNewExpression(node)) {
    return ["new ", expressionDoc(node.expression), typeArguments(node.typeArguments), argumentsDoc(node.arguments ?? [])];
  }
  if (ts.isPropertyAccessExpression(node))
    return [expressionDoc(node.expression), node.questionDotToken === undefined ? "." : "?.", node.name.text];
  if (ts.isParenthesizedExpression(node)) return ["(", expressionDoc(node.expression), ")"];
  if (ts.isPrefixUnaryExpression(node)) return [ts.tokenToString(node.operator) ?? "", expressionDoc(node.operand)];
  if (ts.isAsExpression(node)) return [expressionDoc(node.expression), " as ", typeDoc(node.type)];
  if (ts.isBinaryExpression(node)) return binaryDoc(node);
  if (ts.isConditionalExpression(node)) {
    const branches = indent([line, "? ", expressionDoc(node.whenTrue), line, ": ", expressionDoc(node.whenFalse)]);
    return group([expressionDoc(node.condition), branches]);
  }
  if (ts.isObjectLiteralExpression(node)) return objectDoc(node);
  if (ts.isArrowFunction(node)) return arrowDoc(node);
  return node.getText();
}

/** `a & b`: an operator begins no line, and further lines stand to the right unless what is around them does so already. */
function binaryDoc(node: ts.BinaryExpression): Doc {
  const operator = node.operatorToken.getText();
  if (operator === "=") return assignmentDoc(expressionDoc(node.left), " =", node.right);
  const [first = "", ...rest] = operandsDoc(node, operator);
  return group([first, isSetApart(node) ? rest : indent(rest)]);
}

/** The operands of one operator with it between them: `a | b | c` has three. */
function operandsDoc({ left, right }: ts.BinaryExpression, operator: string): Doc[] {
  const isChain = ts.isBinaryExpression(left) && left.operatorToken.getText() === operator;
  const before = isChain ? operandsDoc(left, operator) : [expressionDoc(left)];
  return [...before, [` ${operator}`, line, expressionDoc(right)]];
}

function isSetApart({ parent }: ts.Node): boolean {
  if (ts.isParenthesizedExpression(parent)) return isSetApart(parent);
  return [ts.isReturnStatement, ts.isIfStatement, ts.isArrowFunction, ts.isVariableDeclaration, ts.isPropertyAssignment].some((is) =>
    is(parent),
  );
}

/** An object stays broken where it was broken behind its first brace. */
function objectDoc(node: ts.ObjectLiteralExpression): Doc {
  const [first] = node.properties;
  if (first === undefined) return "{}";
  const broken = node.getSourceFile().text.slice(node.getStart(), first.getStart()).includes("\n");
  const properties = join(
    [",", line],
    node.properties.map((property) => [commentsDoc(property), propertyDoc(property)]),
  );
  return group(["{", indent([line, properties, ifBroken(",")]), line, "}"], broken || hasHardline(properties));
}

function propertyDoc(node: ts.ObjectLiteralElementLike): Doc {
  if (ts.isPropertyAssignment(node)) return assignmentDoc(node.name.getText(), ":", node.initializer);
  if (ts.isSpreadAssignment(node)) return ["...", expressionDoc(node.expression)];
  if (ts.isMethodDeclaration(node)) return [node.name.getText(), functionDoc(node)];
  return node.getText();
}

/** The arguments on one line, or the last of them broken, or each on a line of its own. */
function argumentsDoc(nodes: readonly ts.Expression[]): Doc {
  const last = nodes.at(-1);
  if (last === undefined) return "()";
  const printed = nodes.map(expressionDoc);
  const listed = ["(", indent([softline, join([",", line], printed), ifBroken(",")]), softline, ")"];
  if (!isExpandable(last) || nodes.at(-2)?.kind === last.kind) return group(listed);
  const withLast = (doc: Doc): Doc => ["(", join(", ", [...printed.slice(0, -1), doc]), ")"];
  const expanded = ts.isArrowFunction(last) ? arrowDoc(last, true) : expressionDoc(last);
  return firstThatFits(withLast(expanded), withLast(group(expanded, true)), group(listed, true));
}

/** Whether a call may end with it broken, beside the other arguments. */
function isExpandable(node: ts.Expression): boolean {
  if (ts.isObjectLiteralExpression(node)) return node.properties.length > 0;
  if (!ts.isArrowFunction(node)) return false;
  const { body } = node;
  return isObject(body) || [ts.isBlock, ts.isCallExpression, ts.isConditionalExpression, ts.isArrowFunction].some((is) => is(body));
}

const isObject = (node: ts.ConciseBody): boolean =>
  ts.isObjectLiteralExpression(ts.isParenthesizedExpression(node) ? node.expression : node);

function arrowDoc(node: ts.ArrowFunction, isLastArgument = false): Doc {
  const head = [parametersDoc(node, !isLastArgument), " =>"];
  if (ts.isBlock(node.body)) return group([head, " ", blockDoc(node.body)]);
  const body = expressionDoc(node.body);
  if (isObject(node.body)) return group([head, " ", body]);
  return group([head, indent([line, body]), isLastArgument ? [ifBroken(","), softline] : ""]);
}
