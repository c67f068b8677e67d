import { useState } from 'preact/hooks';
import { type Kind, pathOf } from '../data/kinds.js';
import { type KubeObject, listAt, numberAt } from '../data/objects.js';
import { Empty } from '../parts/basics.js';
import { api } from '../state.js';

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
      </form>
      <iframe key={`${src}${reload}`} class="preview" title={`Port ${port} of ${name}`} src={src} sandbox="" />
      <p class="hint">The page is isolated: it runs no scripts, and it has no access to the cluster.</p>
    </>
  );
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
