import type tsModule from 'typescript';
import type { ApiModel } from './model.js';
import { loadTools } from './tools.js';
import { INT_OR_STRING, typeShape } from './type-shape.js';

/** The compiler's API, as loaded at run time. */
export type TypeScript = typeof tsModule;

/** The TypeScript nodes that openapi-typescript makes of every schema, by reference, and the compiler API to read them. */
export interface TypeNodes {
  ts: TypeScript;
  nodes: Map<string, tsModule.TypeNode>;
}

/**
 * Runs openapi-typescript over all schemas of a model at once.
 *
 * openapi-typescript and typescript are optional peers, needed by nobody who only uses a generated client. Throws a
 * `CodegenError` that names the package to install where one is missing.
 */
export async function typeNodes(model: ApiModel): Promise<TypeNodes> {
  const { ts, openapiTS, UNKNOWN } = await loadTools();
  // What is referred to but not described, as shared machinery is in definitions of custom resources, may be anything.
  const schemas = Object.fromEntries(
    [...model.refs, [INT_OR_STRING, 'meta.IntOrString'] as const].map(([fullName, ref]) => [
      fullName,
      typeShape(model.sources.get(ref) ?? {}),
    ]),
  );
  const document = { openapi: '3.0.0', info: { title: '', version: '' }, paths: {}, components: { schemas } };
  const ast = await openapiTS(document as Parameters<typeof openapiTS>[0], {
    silent: true,
    alphabetize: false,
    // A default is filled in by the server: it makes no property required of whoever writes one.
    defaultNonNullable: false,
    emptyObjectsUnknown: true,
  });
  const nodes = new Map<string, tsModule.TypeNode>();
  for (const [fullName, node] of schemaNodes(ts, ast)) {
    const ref = model.refs.get(fullName);
    if (ref !== undefined) nodes.set(ref, node);
  }
  for (const ref of model.refs.values()) if (!nodes.has(ref)) nodes.set(ref, UNKNOWN);
  return { ts, nodes };
}

function* schemaNodes(ts: TypeScript, ast: readonly tsModule.Node[]): Generator<[string, tsModule.TypeNode]> {
  const components = ast.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === 'components');
  if (components === undefined || !ts.isInterfaceDeclaration(components)) return;
  for (const member of components.members) {
    if (!ts.isPropertySignature(member) || memberName(ts, member) !== 'schemas') continue;
    if (member.type === undefined || !ts.isTypeLiteralNode(member.type)) continue;
    for (const schema of member.type.members) {
      if (ts.isPropertySignature(schema) && schema.type !== undefined) yield [memberName(ts, schema), schema.type];
    }
  }
}

/** The name of a property, without the quotes it may be written in. */
export function memberName(ts: TypeScript, member: tsModule.PropertySignature): string {
  const { name } = member;
  return ts.isIdentifier(name) || ts.isStringLiteral(name) || ts.isNumericLiteral(name) ? name.text : '';
}
