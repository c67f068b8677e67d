import { expect, it } from 'vitest';
import { TestServer } from '../client.js';

const path = '/apis/batch/v1/namespaces/default/jobs';
const job = (labels: object | undefined, podLabels: object | undefined) => ({
  metadata: { name: 'work', labels },
  spec: {
    template: {
      metadata: { labels: podLabels },
      spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'img' }] },
    },
  },
});

it.each([
  [
    undefined,
    undefined,
    ['batch.kubernetes.io/controller-uid', 'batch.kubernetes.io/job-name', 'controller-uid', 'job-name'],
  ],
  [
    undefined,
    { a: 'b' },
    ['a', 'batch.kubernetes.io/controller-uid', 'batch.kubernetes.io/job-name', 'controller-uid', 'job-name'],
  ],
  [{ a: 'b' }, { a: 'b' }, ['a']],
  [{ x: 'y' }, { a: 'b' }, ['x']],
])(
  'a Job labelled %j with pods labelled %j has only labels of its own, or all of its pods',
  async (own, pods, labels) => {
    const { body } = await new TestServer().ask('POST', path, job(own, pods));
    expect(Object.keys(body.metadata.labels).sort()).toEqual(labels);
  },
);

it('an indexed Job whose pods could not be named is refused', async () => {
  const made = job(undefined, undefined);
  const body = {
    metadata: { name: `n${'a'.repeat(60)}` },
    spec: { ...made.spec, completionMode: 'Indexed', completions: 100, parallelism: 1 },
  };
  const answer = await new TestServer().ask('POST', path, body);
  expect(answer.status).toBe(422);
  expect(answer.body.details.causes[0].field).toBe('metadata.name');
});
