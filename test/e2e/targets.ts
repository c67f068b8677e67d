import { readFileSync } from 'node:fs';
import type { Cluster, Encoding } from 'keelson';
import { connect } from 'keelson';
import { startServer } from 'keelson/server';

/** A server that the suite runs against. */
export interface Target {
  readonly name: string;
  /** True for the reference server. A real cluster has controllers of its own and shared state. */
  readonly reference: boolean;
  open(): Promise<{ cluster: Cluster; close(): Promise<void> }>;
}

async function reference(listen: boolean, encoding?: Encoding) {
  // As a cluster with every beta and alpha version switched on: the suite touches all generated kinds.
  const server = await startServer({ listen, runtimeConfig: 'api/all=true' });
  const cluster = await server.connect({ encoding });
  const close = async () => {
    await cluster.close();
    await server.close();
  };
  return { cluster, close };
}

const real = process.env.KEELSON_TEST_KUBECONFIG;

/**
 * The same suite runs on each: the reference server called in this process, the same over TCP, in each encoding, and the cluster that
 * KEELSON_TEST_KUBECONFIG names. Everything made there has a name of its own and is deleted again.
 */
export const targets: readonly Target[] = [
  { name: 'reference server, in this process, in JSON', reference: true, open: () => reference(false, 'json') },
  { name: 'reference server, over TCP', reference: true, open: () => reference(true) },
  { name: 'reference server, in protobuf', reference: true, open: () => reference(true, 'protobuf') },
  ...(real === undefined
    ? []
    : [
        {
          name: `cluster of ${real}`,
          reference: false,
          async open() {
            const cluster = await connect({ kubeconfig: real });
            return { cluster, close: () => cluster.close() };
          },
        },
      ]),
];

/** Six letters that tell this run's objects from any other's. */
export const run = Math.random().toString(36).slice(2, 8).padEnd(6, 'x');

/** Group and version of every generated module, in discovery order. */
export function generatedVersions(): { group: string; version: string }[] {
  const index: unknown = JSON.parse(readFileSync(new URL('../../generated/facts/index.json', import.meta.url), 'utf8'));
  return (index as { groups: { group: string; versions: string[] }[] }).groups.flatMap(({ group, versions }) =>
    versions.map((version) => ({ group, version })),
  );
}
