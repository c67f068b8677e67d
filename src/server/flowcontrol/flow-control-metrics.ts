import type { MetricFamily } from '../object/request-limits.js';
import type { FlowCounts, PriorityLevel } from './seats.js';

/** Returns the metrics of kube-apiserver about priority levels and their requests. */
export function flowControlMetrics(levels: ReadonlyMap<string, PriorityLevel>): readonly MetricFamily[] {
  const all = [...levels.values()].sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1));
  const ofLevels = (name: string, help: string, value: (level: PriorityLevel) => number): MetricFamily => {
    const metric = `apiserver_flowcontrol_${name}`;
    const lines = all.map((level) => `${metric}{priority_level="${level.spec.name}"} ${value(level)}`);
    return { name: metric, type: 'gauge', help, lines };
  };
  const ofFlows = (
    name: string,
    type: MetricFamily['type'],
    help: string,
    values: (counts: FlowCounts) => Iterable<readonly [labels: string, value: number]>,
  ): MetricFamily => {
    const metric = `apiserver_flowcontrol_${name}`;
    const lines = all.flatMap(({ spec, counts }) =>
      [...counts].flatMap(([schema, one]) =>
        [...values(one)].map(
          ([labels, value]) => `${metric}{flow_schema="${schema}",priority_level="${spec.name}"${labels}} ${value}`,
        ),
      ),
    );
    return { name: metric, type, help, lines };
  };
  return [
    ofFlows('current_executing_requests', 'gauge', 'Requests that run.', ({ executing }) => [['', executing]]),
    ofFlows('current_inqueue_requests', 'gauge', 'Requests that wait in queues.', ({ waiting }) => [['', waiting]]),
    ofLevels('current_limit_seats', 'Seats of a priority level now.', ({ queues }) => queues.limit),
    ofFlows('dispatched_requests_total', 'counter', 'Requests that were let run.', ({ dispatched }) => [
      ['', dispatched],
    ]),
    ofLevels('lower_limit_seats', 'Seats that a level keeps.', ({ limits }) => limits.lower),
    ofLevels('nominal_limit_seats', 'Seats of its own.', ({ limits }) => limits.nominal),
    ofFlows('rejected_requests_total', 'counter', 'Requests that were rejected.', ({ rejected }) =>
      [...rejected].map(([reason, count]) => [`,reason="${reason}"`, count] as const),
    ),
    ofLevels('upper_limit_seats', 'Seats that a level may use at most.', ({ limits }) => limits.upper),
  ];
}
