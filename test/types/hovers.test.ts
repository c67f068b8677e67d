import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { ROOT } from '../helpers/repo.js';

const file = join(ROOT, 'test', 'types', 'hovered.ts');
const text = `
import { connect } from 'keelson';
import { Controller } from 'keelson/controller';
import { defineResource } from 'keelson/crd';
import { Deployment, Pod, TokenReview } from 'keelson/k8s';
import { z } from 'zod';
const cluster = await connect();
export const everywhere = cluster.resource(Pod);
export const pods = everywhere.in('shop');
export const pod = await pods.get('x');
export const maybe = await pods.find('x');
export const list = pods.list();
export const deployments = cluster.resource(Deployment).in('shop');
export const scaled = await deployments.scale('web', 1);
export const reviews = cluster.resource(TokenReview);
export const dynamic = cluster.dynamic({ apiVersion: 'v1', kind: 'Pod' });
const spec = z.object({ host: z.string(), replicas: z.int().default(1) });
export const Website = defineResource({ group: 'a.b', version: 'v1', kind: 'Website', scope: 'Namespaced', spec });
export const website = await cluster.resource(Website).in('shop').get('x');
export const host = website.spec;
export const informer = cluster.informer(Pod);
export const cached = informer.lister.get('shop/x');
export const controller = new Controller({
  for: Pod,
  reconcile({ object, namespace, owned }) {
    const seen = object;
    const place = namespace;
    const spec = object.spec;
    const mine = owned(Deployment);
    console.log(seen, place, spec, mine);
  },
});
`;

test('an editor shows names, not machinery', () => {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT);
  const read = (path: string) =>
    path === file ? text : ts.sys.fileExists(path) ? readFileSync(path, 'utf8') : undefined;
  const service = ts.createLanguageService({
    getCompilationSettings: () => options,
    getScriptFileNames: () => [file],
    getScriptVersion: () => '1',
    getScriptSnapshot: (path) => {
      const found = read(path);
      return found === undefined ? undefined : ts.ScriptSnapshot.fromString(found);
    },
    getCurrentDirectory: () => ROOT,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (path) => path === file || ts.sys.fileExists(path),
    readFile: read,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });
  const hover = (name: string) =>
    ts
      .displayPartsToString(service.getQuickInfoAtPosition(file, text.lastIndexOf(` ${name} =`) + 1)?.displayParts)
      .replace(/^const /, '')
      .replace(/\s+/g, ' ');
  expect(service.getSemanticDiagnostics(file)).toEqual([]);
  expect(
    [
      'everywhere',
      'pods',
      'pod',
      'maybe',
      'list',
      'deployments',
      'scaled',
      'reviews',
      'dynamic',
      'website',
      'host',
      'informer',
      'cached',
      'controller',
      'seen',
      'place',
      'spec',
      'mine',
    ].map(hover),
  ).toEqual([
    'everywhere: AllNamespaces<Pod, PodSubresources>',
    'pods: ResourceClient<Pod, "Namespaced", PodSubresources>',
    'pod: Stored<Pod, "Namespaced">',
    'maybe: Stored<Pod, "Namespaced"> | undefined',
    'list: ListRequest<Stored<Pod, "Namespaced">>',
    'deployments: ResourceClient<Deployment, "Namespaced", DeploymentSubresources>',
    'scaled: Scale',
    'reviews: CreateOnlyClient<TokenReview>',
    'dynamic: DynamicClient',
    'website: Stored<CustomObject<{ host: string; replicas: number; }, never>, "Namespaced">',
    'host: { host: string; replicas: number; }',
    'informer: Informer<Pod, "Namespaced">',
    'cached: Cached<Pod, "Namespaced"> | undefined',
    'controller: Controller<Pod, "Namespaced">',
    'seen: Cached<Pod, "Namespaced">',
    'place: string',
    'spec: ReadonlyObject<PodSpec> | undefined',
    'mine: Cached<Deployment, "Namespaced">[]',
  ]);
}, 180_000);
