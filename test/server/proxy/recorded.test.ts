import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparable, type Outcome, type RecordedCase } from '../../helpers/replay/recorded-case.js';
import { Replayer } from '../../helpers/replay/replayer.js';
import { ROOT } from '../../helpers/repo.js';
import { ProxiedCluster, tokens } from '../../helpers/streams/proxied-cluster.js';

type Recordings = { readonly [file: string]: readonly RecordedCase[] };

interface Variant {
  readonly file: string;
  readonly id: string;
  readonly res: Outcome;
}

const { translated, ...recordings }: Recordings & { readonly translated: readonly Variant[] } = JSON.parse(
  gunzipSync(readFileSync(join(ROOT, 'test/fixtures/streams/cases.json.gz'))).toString(),
);

/** Cases that do not hold here, by their reason. */
const exceptions: readonly (readonly [string, string, string])[] = [
  ['http/log', 'follow-tail-1', 'the case that writes its first line is not among these'],
  ['http/node-proxy', 'spec-gone', 'the kubelet serves /spec, as the document that this project follows has it'],
  ['http/node-proxy', 'spec-slash-gone', 'the kubelet serves /spec, as the document that this project follows has it'],
  ['ws/spdy-exec', 'spdy-2', 'the kubelet sees an address of loopback in place of the node’s'],
  ['ws/portforward', 'v4b64:one', 'the text holds the bytes of the port of the recording'],
  ['ws/portforward', 'none:one', 'the text holds the bytes of the port of the recording'],
  ['http/node-proxy', 'stats', 'the kubelet serves /stats, as the document that this project follows has it'],
];

/** Conversations with one container share its output: they take place one after the other. */
const lanes = (file: string): number => (file === 'ws/attach' ? 1 : 12);

async function differences(cluster: ProxiedCluster, file: string, cases: readonly RecordedCase[]): Promise<string[]> {
  const target = { url: cluster.url, tokens, placeholders: await cluster.placeholders() };
  const replayer = new Replayer(target);
  const excepted = new Set(exceptions.filter(([one]) => one === file).map(([, id]) => id));
  const waiting: RecordedCase[] = JSON.parse(cluster.withPorts(JSON.stringify(cases)));
  const found: string[] = [];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (excepted.has(next.id) || next.info === true) continue;
      const got = comparable(await replayer.replay(next), next);
      const wanted = comparable(next.res, next);
      try {
        expect(got).toEqual(wanted);
      } catch {
        found.push(`${next.id}: wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: lanes(file) }, lane));
  return found;
}

describe('the answers of a real kube-apiserver and kubelet', () => {
  let cluster: ProxiedCluster;
  beforeAll(async () => {
    cluster = await ProxiedCluster.start({ withKubelet: true, featureGates: 'LegacyProxyPaths=false' });
  }, 60_000);
  afterAll(() => cluster[Symbol.asyncDispose]());

  it.each(Object.keys(recordings))(
    'to %s',
    async (file) => {
      expect(await differences(cluster, file, recordings[file] ?? [])).toEqual([]);
    },
    120_000,
  );
});

describe('the answers of a real kube-apiserver whose kubelet takes SPDY only', () => {
  let cluster: ProxiedCluster;
  beforeAll(async () => {
    cluster = await ProxiedCluster.start({ withKubelet: true, takesWebSockets: false });
  }, 60_000);
  afterAll(() => cluster[Symbol.asyncDispose]());

  it.each(['http/connect-errors', 'ws/exec', 'ws/portforward', 'ws/spdy-exec'])(
    'to %s',
    async (file) => {
      const changed = new Map(translated.filter((one) => one.file === file).map(({ id, res }) => [id, res]));
      const cases = (recordings[file] ?? []).map((one) => ({ ...one, res: changed.get(one.id) ?? one.res }));
      expect(await differences(cluster, file, cases)).toEqual([]);
    },
    120_000,
  );
});
