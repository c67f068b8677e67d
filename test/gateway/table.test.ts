import { expect, it } from 'vitest';
import { CustomResourceDefinition } from '../../generated/apiextensions.k8s.io/v1.js';
import { ConfigMap } from '../../generated/core/v1.js';
import { GatewayWorld } from './gateway-world.js';

it('shows the cells of the API server, and the time of creation for the age', async () => {
  await using world = await GatewayWorld.start();
  await world.allow('jane');
  const maps = world.admin.resource(ConfigMap).in('default');
  for (let at = 0; at < 30; at++) await maps.create({ metadata: { name: `c${10 + at}` }, data: { a: '1' } });
  const jane = world.browser('jane');
  jane.open(1, { namespace: 'default', columns: 'table', window: { from: 0, to: 30 } });
  await world.until(() => jane.keys(1)?.length === 30);
  expect(jane.received.find(({ type }) => type === 'rows')).toMatchObject({
    tableColumns: [{ name: 'Name' }, { name: 'Data' }, { name: 'Age', type: 'date' }],
  });
  const { creationTimestamp } = (await maps.get('c10')).metadata;
  expect(jane.shown(1)?.[0]).toEqual({ key: 'default/c10', cells: ['c10', 1, creationTimestamp] });
  await maps.apply({ metadata: { name: 'c10' }, data: { a: '1', b: '2' } }, { manager: 'test', force: true });
  await world.until(() => jane.shown(1)?.[0]?.cells?.[1] === 2);
  await maps.delete('c10');
  await world.until(() => jane.keys(1)?.[0] === 'default/c11');
  expect(jane.keys(1)).toHaveLength(29);
  jane.say({ type: 'update', id: 1, query: { namespace: 'default', columns: ['data.a'] } });
  await world.until(() => jane.shown(1)?.[0]?.cells?.length === 1);
  expect(world.errors).toEqual([]);
});

it('shows the printer columns of a custom resource, and sorts and searches by its fields', async () => {
  await using world = await GatewayWorld.start();
  const group = 'shop.example';
  await world.admin.resource(CustomResourceDefinition).create({
    metadata: { name: `boxes.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'boxes', singular: 'box', kind: 'Box', listKind: 'BoxList' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
        },
      ],
    },
  });
  await world.admin
    .resource(CustomResourceDefinition)
    .waitFor(`boxes.${group}`, (one) =>
      (one?.status?.conditions ?? []).some(({ type, status }) => type === 'Established' && status === 'True'),
    );
  const kind = { apiVersion: `${group}/v1`, kind: 'Box' };
  const boxes = world.admin.dynamic(kind).in('default');
  for (const [name, size] of [
    ['a', 10],
    ['b', 9],
  ] as const)
    await boxes.create({ ...kind, metadata: { name }, spec: { size } });
  await world.allow('jane', undefined, ['list', 'watch'], ['boxes'], group);
  const jane = world.browser('jane');
  jane.open(1, { columns: 'table', sort: ['spec.size'] }, kind);
  jane.open(2, { search: '10', searchIn: ['spec.size'] }, kind);
  await world.until(() => jane.keys(1)?.length === 2 && jane.keys(2)?.length === 1);
  expect(jane.shown(1)?.map((row) => row?.cells)).toEqual([
    ['b', 9],
    ['a', 10],
  ]);
  expect(jane.keys(2)).toEqual(['default/a']);
});
