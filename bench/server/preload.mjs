// An ApiServer whose store holds so many objects of a kind already.
import { ApiServer } from '../../dist/src/server/index.js';
import { MemoryStorage } from '../../dist/src/server/storage/memory-storage.js';
import { configMap, pod } from './objects.mjs';

export async function preloaded(kind, count) {
  const storage = new MemoryStorage();
  // The objects name owners that are not there: see bench/server.mjs.
  const api = new ApiServer({ storage, controllers: ['*', '-garbagecollector'] });
  const make = { configmaps: configMap, pods: pod }[kind];
  const body = Buffer.from(JSON.stringify(make(0)));
  const headers = { 'content-type': 'application/json', 'user-agent': 'bench/1' };
  const path = `/api/v1/namespaces/default/${kind}`;
  const { status } = await api.handle({ method: 'POST', path, headers, body });
  if (status !== 201) throw new Error(`the first object was refused with ${status}`);
  const name = make(0).metadata.name;
  const { kv } = await storage.get(`/registry/${kind}/default/${name}`);
  const text = Buffer.from(kv.value).toString();
  for (let i = 1; i < count; i++) {
    const other = make(i).metadata.name;
    const value = new TextEncoder().encode(text.replaceAll(name, other));
    const result = await storage.put(`/registry/${kind}/default/${other}`, value, 0);
    if (!result.ok) throw new Error(`${other} is there twice`);
  }
  return api;
}
