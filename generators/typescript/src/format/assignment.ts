import { ts } from "ts-morph";
import { type Doc, group, ifBroken, indent, line } from "./doc.ts";
import { expressionDoc } from "./expressions.ts";

/** `left = right` or `left: right`: the right side begins on the next line where that is what makes it fit. */
export function assignmentDoc(left: Doc, operator: string, right: ts.Expression): Doc {
  const value = expressionDoc(right);
  switch (layoutOf(right)) {
    case "beside":
      return group([group(left), operator, " ", value]);
    case "below":
      return group([group(left), operator, group(indent([line, value]))]);
    case "below-if-broken": {
      const gap = group(indent(line));
      return group([group(left), operator, gap, ifBroken(indent(value), value, gap)]);
    }
  }
}

function layoutOf(right: ts.Expression): "beside" | "below" | "below-if-broken" {
  if (ts.isArrowFunction(right) || isNumber(right)) return "beside";
  if (ts.isStringLiteral(right) || ts.isBinaryExpression(right) || isHardlyBreakable(right)) return "below";
  return "below-if-broken";
}

/** `a.b.c`, `view.getUint8(offset)`: broken inside, it would be one word a line. */
function isHardlyBreakable(node: ts.Expression): boolean {
  if (ts.isPropertyAccessExpression(node)) return ts.isIdentifier(node.expression) || isHardlyBreakable(node.expression);
  if (!ts.isCallExpression(node) || !node.arguments.every(isShort) || node.arguments.length > 1) return false;
  return ts.isIdentifier(node.expression) || isHardlyBreakable(node.expression);
}

/** What Prettier and Biome call a short argument: a quarter of the line. */
function isShort(node: ts.Expression): boolean {
  return (ts.isIdentifier(node) || ts.isStringLiteral(node) || isNumber(node)) && node.getText().length <= 20;
}

const isNumber = (node: ts.Expression): boolean =>
  ts.isPrefixUnaryExpression(node) ? isNumber(node.operand) : ts.isNumericLiteral(node) || ts.isBigIntLiteral(node);
