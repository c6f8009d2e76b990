import { ts } from "ts-morph";
import { type Doc, group, ifBroken, indent, join, line, softline } from "./doc.ts";

/** A type as it stands in the text, or what it becomes where it is too long for one line. */
export function typeDoc(type: ts.TypeNode): Doc {
  if (ts.isTypeReferenceNode(type)) return [type.typeName.getText(), typeArguments(type.typeArguments)];
  if (ts.isArrayTypeNode(type)) return [typeDoc(type.elementType), "[]"];
  if (ts.isParenthesizedTypeNode(type)) return ["(", typeDoc(type.type), ")"];
  if (ts.isTypeOperatorNode(type)) return [`${ts.tokenToString(type.operator)} `, typeDoc(type.type)];
  if (ts.isMappedTypeNode(type)) return mappedType(type);
  return type.getText();
}

/** `<Key, Value>`; a single plain name is never set apart. */
export function typeArguments(types: ts.NodeArray<ts.TypeNode> | undefined): Doc {
  if (types === undefined) return "";
  const printed = types.map(typeDoc);
  const [only] = types;
  if (types.length === 1 && only !== undefined && isPlain(only)) return ["<", printed, ">"];
  return group(["<", indent([softline, join([",", line], printed)]), softline, ">"]);
}

/** `Event`, `number`, `"tracepoint"`; not `typeof Color` and not `KeyedMap<Key, Value>`. */
function isPlain(type: ts.TypeNode): boolean {
  if (ts.isTypeReferenceNode(type)) return type.typeArguments === undefined;
  return ts.isLiteralTypeNode(type) || type.kind < ts.SyntaxKind.FirstTypeNode;
}

/** `{ readonly [Name in keyof Maps]: OpenMap }` */
function mappedType(type: ts.MappedTypeNode): Doc {
  const { name, constraint } = type.typeParameter;
  const key = `[${name.text} in ${constraint === undefined ? "" : constraint.getText()}]`;
  const value = type.type === undefined ? "" : [": ", typeDoc(type.type)];
  const optional = type.questionToken === undefined ? "" : "?";
  const readonly = type.readonlyToken === undefined ? "" : "readonly ";
  return group(["{", indent([line, group([readonly, key, optional, value]), ifBroken(";")]), line, "}"]);
}
