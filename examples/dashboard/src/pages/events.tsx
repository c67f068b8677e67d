import { age, at, type KubeObject, textAt } from '../data/objects.js';
import { groupOf } from '../data/owner-tree.js';
import { Badge, Empty, PlainTable, toneOf } from '../parts/basics.js';
import { useNow } from '../parts/hooks.js';
import { detailHref } from '../router.js';
import { context, kinds } from '../state.js';

/** Shows the newest events. */
export function EventTable({
  events,
  most,
  withObject = false,
}: {
  events: readonly KubeObject[];
  most: number;
  withObject?: boolean;
}) {
  const now = useNow();
  const newest = [...events].sort((a, b) => timeOf(b).localeCompare(timeOf(a))).slice(0, most);
  if (newest.length === 0) return <Empty title="There are no events" />;
  return (
    <PlainTable
      label="Events"
      columns={['Type', 'Reason', ...(withObject ? ['Object'] : []), 'Message', 'Count', 'Age']}
      rows={newest.map((event) => ({
        key: event.metadata.uid ?? event.metadata.name,
        cells: [
          <Badge key="type" tone={toneOf(textAt(event, 'type'))}>
            {textAt(event, 'type')}
          </Badge>,
          textAt(event, 'reason'),
          ...(withObject ? [<Involved key="object" event={event} />] : []),
          textAt(event, 'message') || textAt(event, 'note'),
          textAt(event, 'count') || textAt(event, 'series.count') || '1',
          <time key="age" dateTime={timeOf(event)} title={timeOf(event)}>
            {age(timeOf(event), now)}
          </time>,
        ],
      }))}
    />
  );
}

function Involved({ event }: { event: KubeObject }) {
  const about = at(event, 'involvedObject');
  const [kindName, name, namespace] = [textAt(about, 'kind'), textAt(about, 'name'), textAt(about, 'namespace')];
  const group = groupOf(textAt(about, 'apiVersion'));
  const kind = kinds.value.find((one) => one.kind === kindName && one.group === group);
  const text = `${kindName} ${name}`;
  return kind === undefined ? text : <a href={detailHref(context.value, kind, namespace || undefined, name)}>{text}</a>;
}

function timeOf(event: KubeObject): string {
  return (
    textAt(event, 'lastTimestamp') ||
    textAt(event, 'series.lastObservedTime') ||
    textAt(event, 'eventTime') ||
    (event.metadata.creationTimestamp ?? '')
  );
}
