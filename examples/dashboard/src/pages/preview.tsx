import { useState } from 'preact/hooks';
import { request } from '../data/api.js';
import { type Kind, pathOf } from '../data/kinds.js';
import { type KubeObject, listAt, numberAt } from '../data/objects.js';
import { Empty } from '../parts/basics.js';
import { attempt } from '../parts/toasts.js';
import { api, context } from '../state.js';

/** A page that a pod or service serves. It is shown in a sandbox: it cannot act as the dashboard. */
export function PreviewTab({ kind, object }: { kind: Kind; object: KubeObject }) {
  const ports = portsOf(object);
  const [port, setPort] = useState(ports[0] ?? 0);
  const [path, setPath] = useState('/');
  const [reload, setReload] = useState(0);
  if (ports.length === 0) return <Empty title="No port is declared" />;
  const { namespace, name } = object.metadata;
  const src = api.value.url(`${pathOf(kind, namespace, `${name}:${port}`, 'proxy')}/${path.replace(/^\/+/, '')}`);
  return (
    <>
      <form
        class="toolbar"
        onSubmit={(event) => {
          event.preventDefault();
          setReload(reload + 1);
        }}
      >
        <label class="inline-field">
          <span>Port</span>
          <select value={port} onChange={(event) => setPort(Number(event.currentTarget.value))}>
            {ports.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
        <label class="inline-field grow">
          <span>Path</span>
          <input value={path} onChange={(event) => setPath(event.currentTarget.value)} />
        </label>
        <button type="submit" class="button">
          Reload
        </button>
        <button type="button" class="button primary" onClick={() => void forward(kind, object, port, path)}>
          Forward the port
        </button>
      </form>
      <iframe key={`${src}${reload}`} class="preview" title={`Port ${port} of ${name}`} src={src} sandbox="" />
      <p class="hint">
        This picture of the page runs no scripts. Forward the port to use the whole application in a tab of its own.
      </p>
    </>
  );
}

/** Lets a port of this machine lead to the object, and opens it in another tab. */
async function forward(kind: Kind, { metadata }: KubeObject, port: number, path: string): Promise<void> {
  const { name, namespace } = metadata;
  const body = { context: context.value, plural: kind.plural, namespace, name, port };
  // A browser opens a tab only as an answer to a click, which is before the port is known.
  const tab = open('', '_blank');
  const isOpen = await attempt(`Forward port ${port} of ${name}`, async () => {
    const opened = (await (await request('/previews', { method: 'POST', body })).json()) as { port: number };
    // Cookies belong to a host with all its ports: another name of this machine keeps the session from the application.
    const host = location.hostname === 'localhost' ? '127.0.0.1' : 'localhost';
    const address = `http://${host}:${opened.port}/${path.replace(/^\/+/, '')}`;
    if (tab === null) throw new Error(`the browser opened no tab. Open ${address} yourself.`);
    tab.opener = null;
    tab.location.href = address;
  });
  if (!isOpen) tab?.close();
}

function portsOf(object: KubeObject): number[] {
  const ports =
    object.kind === 'Service'
      ? listAt(object, 'spec.ports').map((port) => numberAt(port, 'port'))
      : listAt(object, 'spec.containers').flatMap((one) =>
          listAt(one, 'ports').map((port) => numberAt(port, 'containerPort')),
        );
  return [...new Set(ports)];
}
