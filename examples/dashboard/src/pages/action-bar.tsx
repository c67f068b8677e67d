import { useRef, useState } from 'preact/hooks';
import {
  cordon,
  deleteObject,
  drain,
  type Eviction,
  type ObjectRef,
  type Propagation,
  restart,
  scale,
} from '../data/actions.js';
import { messageOf } from '../data/api.js';
import { findKind, type Kind } from '../data/kinds.js';
import { at, type KubeObject, numberAt } from '../data/objects.js';
import { Badge, Field, PlainTable } from '../parts/basics.js';
import { closeDialog, Dialog, openDialog } from '../parts/dialog.js';
import { attempt, toast } from '../parts/toasts.js';
import { go, listHref, pageHref } from '../router.js';
import { api, context, kinds } from '../state.js';
import { hasForm } from './forms/index.js';

/** The buttons for the actions on an object. The server decides whether the user may. */
export function ActionBar({ kind, object }: { kind: Kind; object: KubeObject }) {
  const ref: ObjectRef = { kind, namespace: object.metadata.namespace, name: object.metadata.name };
  const isNode = kind.kind === 'Node' && kind.group === '';
  const isCordoned = at(object, 'spec.unschedulable') === true;
  const restarts = kind.group === 'apps' && ['Deployment', 'StatefulSet', 'DaemonSet'].includes(kind.kind);
  const edit = `${pageHref(context.value, 'create')}?kind=${kind.plural}.${kind.group}&name=${ref.name}&in=${ref.namespace ?? ''}`;
  return (
    <div class="actions">
      {hasForm(kind) && (
        <a class="button" href={edit}>
          Edit
        </a>
      )}
      {kind.subresources.includes('scale') && (
        <button
          type="button"
          class="button"
          onClick={() => openDialog(() => <ScaleDialog target={ref} replicas={numberAt(object, 'spec.replicas')} />)}
        >
          Scale
        </button>
      )}
      {restarts && (
        <button type="button" class="button" onClick={() => openDialog(() => <RestartDialog target={ref} />)}>
          Restart
        </button>
      )}
      {isNode && (
        <button
          type="button"
          class="button"
          onClick={() => void attempt(isCordoned ? 'Uncordon' : 'Cordon', () => cordon(api.value, ref, !isCordoned))}
        >
          {isCordoned ? 'Uncordon' : 'Cordon'}
        </button>
      )}
      {isNode && (
        <button type="button" class="button" onClick={() => openDialog(() => <DrainDialog target={ref} />)}>
          Drain
        </button>
      )}
      {kind.verbs.includes('delete') && (
        <button type="button" class="button danger" onClick={() => openDialog(() => <DeleteDialog target={ref} />)}>
          Delete
        </button>
      )}
    </div>
  );
}

function Buttons({
  confirm,
  danger = false,
  disabled = false,
}: {
  confirm: string;
  danger?: boolean;
  disabled?: boolean;
}) {
  return (
    <div class="dialog-actions">
      <button type="button" class="button" onClick={closeDialog}>
        Cancel
      </button>
      <button type="submit" class={danger ? 'button danger solid' : 'button primary'} disabled={disabled}>
        {confirm}
      </button>
    </div>
  );
}

function ScaleDialog({ target, replicas }: { target: ObjectRef; replicas: number }) {
  const [count, setCount] = useState(replicas);
  const submit = async (event: Event) => {
    event.preventDefault();
    closeDialog();
    await attempt(`Scale ${target.name} to ${count}`, () => scale(api.value, target, count));
  };
  return (
    <Dialog title={`Scale ${target.name}`} onClose={closeDialog}>
      <form onSubmit={(event) => void submit(event)}>
        <Field label="Replicas" hint={`It has ${replicas} now.`}>
          {(attributes) => (
            <input
              {...attributes}
              type="number"
              min={0}
              max={100_000}
              required
              value={count}
              onInput={(event) => setCount(event.currentTarget.valueAsNumber)}
            />
          )}
        </Field>
        <Buttons confirm="Scale" disabled={!Number.isInteger(count) || count < 0} />
      </form>
    </Dialog>
  );
}

function RestartDialog({ target }: { target: ObjectRef }) {
  const submit = async (event: Event) => {
    event.preventDefault();
    closeDialog();
    await attempt(`Restart ${target.name}`, () => restart(api.value, target));
  };
  return (
    <Dialog title={`Restart ${target.name}`} onClose={closeDialog}>
      <form onSubmit={(event) => void submit(event)}>
        <p>New pods replace the present ones, as the strategy of {target.name} says.</p>
        <Buttons confirm="Restart" />
      </form>
    </Dialog>
  );
}

function DeleteDialog({ target }: { target: ObjectRef }) {
  const [propagation, setPropagation] = useState<Propagation>('Background');
  const submit = async (event: Event) => {
    event.preventDefault();
    closeDialog();
    if (await attempt(`Delete ${target.name}`, () => deleteObject(api.value, target, propagation)))
      go(listHref(context.value, target.kind));
  };
  return (
    <Dialog title={`Delete ${target.kind.kind} ${target.name}?`} onClose={closeDialog}>
      <form onSubmit={(event) => void submit(event)}>
        <p>This cannot be undone.</p>
        <Field label="What it owns">
          {(attributes) => (
            <select
              {...attributes}
              value={propagation}
              onChange={(event) => setPropagation(event.currentTarget.value as Propagation)}
            >
              <option value="Background">is deleted after it</option>
              <option value="Foreground">is deleted before it</option>
              <option value="Orphan">stays</option>
            </select>
          )}
        </Field>
        <Buttons confirm="Delete" danger />
      </form>
    </Dialog>
  );
}

const evictionTones = { waiting: 'warn', evicted: 'ok', skipped: 'quiet', failed: 'bad' } as const;

function DrainDialog({ target }: { target: ObjectRef }) {
  const [evictions, setEvictions] = useState<ReadonlyMap<string, Eviction>>(new Map());
  const [state, setState] = useState<'asked' | 'draining' | 'drained'>('asked');
  const stop = useRef(new AbortController());
  const close = () => {
    stop.current.abort();
    closeDialog();
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const pods = findKind(kinds.value, 'pods', '');
    if (pods === undefined || state !== 'asked') return;
    setState('draining');
    const all = new Map<string, Eviction>();
    const tell = (eviction: Eviction) => {
      all.set(eviction.pod, eviction);
      setEvictions(new Map(all));
    };
    try {
      await drain(api.value, target, pods, tell, stop.current.signal);
    } catch (error) {
      if (!stop.current.signal.aborted) toast(`Drain ${target.name}: ${messageOf(error)}`, 'bad');
    }
    setState('drained');
  };
  return (
    <Dialog title={`Drain ${target.name}`} wide onClose={close}>
      <form onSubmit={(event) => void submit(event)}>
        {state === 'asked' ? (
          <p>
            No new pod will be placed on the node, and its pods are evicted as their disruption budgets allow. Pods of
            daemon sets stay.
          </p>
        ) : (
          <PlainTable
            label="Evictions"
            columns={['Pod', 'State', 'Message']}
            rows={[...evictions.values()].map(({ pod, state: one, message }) => ({
              key: pod,
              cells: [
                pod,
                <Badge key="state" tone={evictionTones[one]}>
                  {one}
                </Badge>,
                message || '–',
              ],
            }))}
          />
        )}
        <div class="dialog-actions">
          <span role="status">
            {state === 'draining' ? 'Draining…' : state === 'drained' ? `Done: ${evictions.size} pods` : ''}
          </span>
          <button type="button" class="button" onClick={close}>
            {state === 'asked' ? 'Cancel' : state === 'draining' ? 'Stop' : 'Close'}
          </button>
          {state === 'asked' && (
            <button type="submit" class="button danger solid">
              Drain
            </button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
