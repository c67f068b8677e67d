// The page of page.test.ts, which bundles it.
import { connectGateway } from 'keelson/browser';
import { Pod } from 'keelson/k8s/core/v1';
import { createElement } from 'react';
import { type Container, createRoot } from 'react-dom/client';
import { useLiveQuery } from '../../examples/use-live-query.js';

const gateway = connectGateway({ url: '/live' });

function Pods() {
  const { rows, total, status } = useLiveQuery(gateway, Pod, { window: { from: 0, to: 3 } });
  const names = rows.map(({ key }) => createElement('p', { key }, key));
  return createElement('main', null, createElement('h1', null, `${status} ${total}`), names);
}

const { document } = globalThis as unknown as { document: { getElementById(id: string): Container } };
createRoot(document.getElementById('root')).render(createElement(Pods));
