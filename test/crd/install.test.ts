import { isInvalid, isTimeoutError, mergePatch } from 'keelson';
import { defineResource, difference, InstallError, install, manifestsOf } from 'keelson/crd';
import { startServer } from 'keelson/server';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { OldWebsite, Website } from './website.js';

const website = (spec: object = {}) => ({ metadata: { name: 'shop' }, spec: { host: 'example.com', ...spec } });

describe('install', () => {
  it('makes a cluster know a kind, which then works like every other', async () => {
    await using server = await startServer();
    await using cluster = await server.connect();
    const [definition] = await install(cluster, [Website]);
    expect(definition?.metadata.name).toBe('websites.example.com');
    const websites = cluster.resource(Website).in('default');
    const made = await websites.create(website());
    expect(made.spec).toEqual({ host: 'example.com', replicas: 1, tls: 'none' });
    const status = { ready: true };
    const written = await websites.subresource('status').patch('shop', mergePatch({ status }));
    expect(written.status).toEqual(status);
    expect((await websites.scale('shop', 3)).spec).toEqual({ replicas: 3 });
    expect((await websites.get('shop')).spec.replicas).toBe(3);
    expect(await websites.list({ fields: { 'spec.host': 'example.com' } }).all()).toMatchObject({
      items: [{ kind: 'Website' }],
    });
    const { columnDefinitions } = await websites.table.list();
    expect(columnDefinitions.map(({ name, type }) => `${name}:${type}`)).toEqual([
      'Name:string',
      'Host:string',
      'Replicas:integer',
      'Age:date',
    ]);
    // Again: nothing to do.
    const [again] = await install(cluster, [Website]);
    expect(again?.metadata.generation).toBe(1);
  });

  it('has the server refuse what the definition refuses', async () => {
    await using server = await startServer();
    await using cluster = await server.connect();
    await install(cluster, [Website]);
    const websites = cluster.resource(Website).in('default');
    for (const spec of [
      { host: '-' },
      { replicas: -1 },
      {
        ports: [
          { name: 'a', port: 1 },
          { name: 'a', port: 2 },
        ],
      },
    ]) {
      await expect(websites.create(website(spec))).rejects.toSatisfy(isInvalid);
      expect(Website.schema.safeParse(website(spec)).success).toBe(false);
    }
    await expect(websites.create({ ...website(), metadata: { name: 'a'.repeat(40) } })).rejects.toThrow(
      'the name is too long',
    );
  });

  it('says at once when the names belong to another', async () => {
    await using server = await startServer();
    await using cluster = await server.connect();
    await install(cluster, [Website]);
    const rival = defineResource({
      group: 'example.com',
      version: 'v1',
      kind: 'Webseite',
      plural: 'webseiten',
      singular: 'website',
      scope: 'Cluster',
      spec: z.object({}),
    });
    await expect(install(cluster, [rival])).rejects.toThrow(InstallError);
    await expect(install(cluster, [rival])).rejects.toThrow(
      /will not serve webseiten.example.com: its names are not accepted: .*website/,
    );
  });

  it('waits no longer than it may', async () => {
    await using server = await startServer({ controllers: [] });
    await using cluster = await server.connect();
    await expect(install(cluster, [Website], { timeoutMs: 1 })).rejects.toSatisfy(isTimeoutError);
  });

  it('wants several versions together, and to know where their webhook is', async () => {
    expect(() => manifestsOf([OldWebsite])).toThrow('the stored version, made by defineResource, is missing');
    expect(() => manifestsOf([Website, OldWebsite])).toThrow('conversion: versions that convert need a webhook');
    const conversion = { service: { namespace: 'ops', name: 'website' }, caBundle: 'AAAA' };
    const [manifest] = manifestsOf([OldWebsite, Website], { conversion });
    expect(manifest?.spec.versions.map(({ name, storage }) => [name, storage])).toEqual([
      ['v1', true],
      ['v1beta1', false],
    ]);
    expect(manifest?.spec.conversion).toEqual({
      strategy: 'Webhook',
      webhook: { clientConfig: conversion, conversionReviewVersions: ['v1'] },
    });
  });
});

describe('difference', () => {
  it('is empty where the cluster has what the code says, and shows lines where not', async () => {
    await using server = await startServer();
    await using cluster = await server.connect();
    const [before] = await difference(cluster, [Website]);
    expect(before).toMatchObject({
      installed: false,
      text: expect.stringContaining('+          jsonPath: .spec.host\n'),
    });
    await install(cluster, [Website]);
    expect(await difference(cluster, [Website])).toEqual([{ name: 'websites.example.com', installed: true, text: '' }]);
    const changed = defineResource({
      group: 'example.com',
      version: 'v1',
      kind: 'Website',
      scope: 'Namespaced',
      shortNames: ['ws'],
      categories: ['all'],
      spec: z.object({ host: z.string() }),
    });
    const [difference_] = await difference(cluster, [changed]);
    expect(difference_?.text).toContain('-                replicas:');
  });
});
