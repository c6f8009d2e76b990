import { ts } from "ts-morph";
import { assignmentDoc } from "./assignment.ts";
import { type Doc, group, hardline, ifBroken, indent, join, line, softline } from "./doc.ts";
import { expressionDoc } from "./expressions.ts";
import { blockDoc, linesDoc } from "./statements.ts";
import { typeDoc } from "./types.ts";

/** `export `, `static readonly `. */
export function modifiersOf(node: ts.Node): string {
  const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
  return modifiers.map((modifier) => `${modifier.getText()} `).join("");
}

/** `export class Name extends Base { … }`, `export class Name implements Interface { … }` */
export function classDoc(node: ts.ClassDeclaration): Doc {
  const [clause] = node.heritageClauses ?? [];
  const breaks = clause?.token === ts.SyntaxKind.ImplementsKeyword;
  const heritage = breaks ? group([indent([line, clause.getText()]), line]) : clause === undefined ? " " : ` ${clause.getText()} `;
  return [`${modifiersOf(node)}class ${node.name?.text ?? ""}`, heritage, membersDoc(node.members, classMemberDoc)];
}

/** `export interface Name extends Base { … }` */
export function interfaceDoc(node: ts.InterfaceDeclaration): Doc {
  const clauses = node.heritageClauses ?? [];
  const heritage = group(indent(clauses.map((clause) => [line, clause.getText()])));
  return [`${modifiersOf(node)}interface ${node.name.text}`, heritage, " ", membersDoc(node.members, signatureDoc)];
}

function membersDoc<Member extends ts.Node>(members: readonly Member[], print: (member: Member) => Doc): Doc {
  if (members.length === 0) return "{}";
  return ["{", indent([hardline, linesDoc(members, print)]), hardline, "}"];
}

function signatureDoc(node: ts.TypeElement): Doc {
  if (!ts.isPropertySignature(node) || node.type === undefined) return node.getText();
  return [modifiersOf(node), node.name.getText(), node.questionToken === undefined ? "" : "?", ": ", typeDoc(node.type), ";"];
}

function classMemberDoc(node: ts.ClassElement): Doc {
  const head = modifiersOf(node);
  if (ts.isPropertyDeclaration(node)) {
    const left = [head, node.name.getText(), node.type === undefined ? "" : [": ", typeDoc(node.type)]];
    return [node.initializer === undefined ? left : assignmentDoc(left, " =", node.initializer), ";"];
  }
  if (ts.isConstructorDeclaration(node)) return [head, "constructor", functionDoc(node)];
  if (ts.isGetAccessor(node)) return [head, "get ", node.name.getText(), functionDoc(node)];
  if (ts.isSetAccessor(node)) return [head, "set ", node.name.getText(), functionDoc(node, false)];
  if (ts.isMethodDeclaration(node)) return [head, node.name.getText(), functionDoc(node)];
  return node.getText();
}

/** `(view: DataView, offset = 0): Event { … }` */
export function functionDoc(node: ts.FunctionLikeDeclaration, mayBreak = true): Doc {
  return [parametersDoc(node, mayBreak), " ", blockDoc(node.body !== undefined && ts.isBlock(node.body) ? node.body : undefined)];
}

/** `(view: DataView, offset = 0): Event`, on one line where it must not be broken. */
export function parametersDoc({ parameters, type }: ts.FunctionLikeDeclaration, mayBreak = true): Doc {
  const returned = type === undefined ? "" : [": ", typeDoc(type)];
  if (parameters.length === 0 || !mayBreak) return ["(", join(", ", parameters.map(parameterDoc)), ")", returned];
  const listed = join([",", line], parameters.map(parameterDoc));
  return group([group(["(", indent([softline, listed, ifBroken(",")]), softline, ")"]), returned]);
}

function parameterDoc(node: ts.ParameterDeclaration): Doc {
  const name = [node.name.getText(), node.type === undefined ? "" : [": ", typeDoc(node.type)]];
  return node.initializer === undefined ? name : [name, " = ", expressionDoc(node.initializer)];
}
