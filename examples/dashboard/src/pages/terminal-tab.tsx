import { useState } from 'preact/hooks';
import { containersOf } from '../data/actions.js';
import { type Kind, pathOf } from '../data/kinds.js';
import type { KubeObject } from '../data/objects.js';
import { Terminal } from '../parts/lazy.js';

/** A shell in a container of a pod. */
export function TerminalTab({ kind, pod }: { kind: Kind; pod: KubeObject }) {
  const containers = containersOf(pod);
  const [container, setContainer] = useState(containers[0] ?? '');
  const [command, setCommand] = useState('sh');
  const { namespace, name } = pod.metadata;
  return (
    <>
      <div class="toolbar">
        <label class="inline-field">
          <span>Container</span>
          <select value={container} onChange={(event) => setContainer(event.currentTarget.value)}>
            {containers.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label class="inline-field">
          <span>Program</span>
          <input value={command} onChange={(event) => setCommand(event.currentTarget.value.trim() || 'sh')} />
        </label>
      </div>
      <Terminal path={pathOf(kind, namespace, name, 'exec')} container={container} command={command.split(/\s+/)} />
    </>
  );
}
