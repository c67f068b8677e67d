import { useEffect, useRef, useState } from 'preact/hooks';
import { containersOf, selectorOf } from '../data/actions.js';
import { findKind } from '../data/kinds.js';
import { followLogs, type LogLine, type LogSource } from '../data/logs.js';
import type { KubeObject } from '../data/objects.js';
import { Empty, Notice } from '../parts/basics.js';
import { useObjects } from '../parts/hooks.js';
import { useVirtualRows } from '../parts/virtual.js';
import { api, kinds } from '../state.js';

/** The lines that are kept; older ones are dropped. */
const mostLines = 20_000;
/** Each container is a connection. */
const mostContainers = 20;

/** The logs of a pod, or of all pods that an object selects. */
export function LogsTab({ object }: { object: KubeObject }) {
  const kind = findKind(kinds.value, 'pods', '');
  const { namespace, name } = object.metadata;
  const isPod = object.kind === 'Pod';
  const labels = isPod ? undefined : selectorOf(object);
  const { objects, error, isLoaded } = useObjects(
    kind && (isPod || labels !== undefined)
      ? { kind, namespace, labels, fields: isPod ? `metadata.name=${name}` : undefined }
      : undefined,
  );
  if (error !== '')
    return (
      <Notice tone="warn" title="You cannot read these pods">
        {error}
      </Notice>
    );
  const all = objects
    .map((pod) => ({ pod, containers: containersOf(pod) }))
    .flatMap(({ pod, containers }) =>
      containers.map((container) => ({ namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, container })),
    );
  if (isLoaded && all.length === 0) return <Empty title="There are no pods" />;
  return <LogView sources={all} />;
}

function LogView({ sources }: { sources: readonly LogSource[] }) {
  const [container, setContainer] = useState('');
  const [text, setText] = useState('');
  const [tail, setTail] = useState(200);
  const [previous, setPrevious] = useState(false);
  const [follow, setFollow] = useState(true);
  const [withTime, setWithTime] = useState(false);
  const [lines, setLines] = useState<readonly LogLine[]>([]);
  const kept = useRef<LogLine[]>([]);
  const chosen = sources.filter((one) => container === '' || nameOf(one) === container).slice(0, mostContainers);
  const key = chosen.map(nameOf).join(' ');
  const cluster = api.value;
  useEffect(() => {
    const pods = findKind(kinds.value, 'pods', '');
    kept.current = [];
    setLines([]);
    if (pods === undefined) return;
    const stop = new AbortController();
    const tell = (more: readonly LogLine[]) => {
      kept.current = [...kept.current, ...more].slice(-mostLines);
      setLines(kept.current);
    };
    void followLogs(cluster, pods, chosen, { tail, previous }, tell, stop.signal);
    return () => stop.abort();
  }, [cluster, key, tail, previous]);
  const word = text.toLowerCase();
  const shown = word === '' ? lines : lines.filter((line) => line.text.toLowerCase().includes(word));
  return (
    <>
      <div class="toolbar">
        <input
          type="search"
          aria-label="Search the log"
          placeholder="Filter lines"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <label class="inline-field">
          <span>Container</span>
          <select value={container} onChange={(event) => setContainer(event.currentTarget.value)}>
            <option value="">All ({sources.length})</option>
            {sources.map((one) => (
              <option key={nameOf(one)}>{nameOf(one)}</option>
            ))}
          </select>
        </label>
        <label class="inline-field">
          <span>Lines</span>
          <select value={tail} onChange={(event) => setTail(Number(event.currentTarget.value))}>
            {[50, 200, 1000, 5000].map((count) => (
              <option key={count} value={count}>
                last {count}
              </option>
            ))}
          </select>
        </label>
        <Check label="Follow" checked={follow} onChange={setFollow} />
        <Check label="Time" checked={withTime} onChange={setWithTime} />
        <Check label="Previous run" checked={previous} onChange={setPrevious} />
        <span class="muted" role="status">
          {shown.length.toLocaleString('en')} lines
        </span>
      </div>
      {sources.length > mostContainers && container === '' && (
        <p class="hint">
          The first {mostContainers} of {sources.length} containers are shown. Choose one to see its log.
        </p>
      )}
      <LogRows lines={shown} follow={follow} withTime={withTime} withSource={chosen.length > 1} />
    </>
  );
}

function LogRows({
  lines,
  follow,
  withTime,
  withSource,
}: {
  lines: readonly LogLine[];
  follow: boolean;
  withTime: boolean;
  withSource: boolean;
}) {
  const box = useRef<HTMLDivElement>(null);
  const { items, height, scrollTo } = useVirtualRows(box, lines.length, 20);
  useEffect(() => {
    if (follow && lines.length > 0) scrollTo(lines.length - 1);
  }, [follow, lines]);
  return (
    <div class="log" ref={box} tabIndex={0} role="log" aria-label="Log" aria-live="off">
      <div style={{ height: `${height}px` }}>
        {items.map(({ index, start }) => {
          const line = lines[index];
          return (
            line && (
              <div key={index} class="log-line" style={{ transform: `translateY(${start}px)` }}>
                {withTime && <span class="log-time">{line.time.slice(11, 23)} </span>}
                {withSource && <span class={`log-source tint-${tintOf(line.source.pod)}`}>{line.source.pod} </span>}
                {line.text}
              </div>
            )
          );
        })}
      </div>
      {lines.length === 0 && <p class="muted">No lines yet</p>}
    </div>
  );
}

function Check({ label, checked, onChange }: { label: string; checked: boolean; onChange: (on: boolean) => void }) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      {label}
    </label>
  );
}

function nameOf({ pod, container }: LogSource): string {
  return `${pod}/${container}`;
}

/** Gives each pod one of six colours. */
function tintOf(pod: string): number {
  let sum = 0;
  for (const character of pod) sum = (sum * 31 + character.charCodeAt(0)) % 1_000_003;
  return sum % 6;
}
