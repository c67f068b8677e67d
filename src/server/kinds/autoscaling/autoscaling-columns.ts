import type { Scale } from '../../../../generated/autoscaling/v1.js';
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus } from '../../../../generated/autoscaling/v2.js';
import { canonicalQuantity, type Quantity } from '../../../meta/index.js';
import { fieldsOf } from '../../../util/json-fields.js';
import type { Column } from '../../object/column.js';
import { columnsFor, nameColumn } from '../../table/common-columns.js';
import { ageColumn, atMost, orNone } from '../../table/format.js';

const autoscaler = columnsFor<HorizontalPodAutoscaler>();
const scale = columnsFor<Scale>();

/** The columns of the `scale` subresource of every built-in workload. */
export const scaleColumns: readonly Column[] = [
  { ...nameColumn, format: '' },
  scale.integer('Desired', 'Instances that are wanted.', ({ spec }) => spec?.replicas ?? 0),
  scale.integer('Available', 'Instances that were observed.', ({ status }) => status?.replicas ?? 0),
  ageColumn,
];

/** The columns of the `scale` subresource of a custom resource. */
export const customScaleColumns: readonly Column[] = [
  nameColumn,
  ...scaleColumns.slice(1, -1),
  { ...ageColumn, type: 'date' },
];

interface MetricValue {
  readonly value?: Quantity | undefined;
  readonly averageValue?: Quantity | undefined;
  readonly averageUtilization?: number | undefined;
}

/** The columns of the kinds of the group, by `group/Kind`. */
export const autoscalingColumns: { readonly [kind: string]: readonly Column[] } = {
  'autoscaling/HorizontalPodAutoscaler': [
    nameColumn,
    autoscaler.text(
      'Reference',
      'What is scaled.',
      ({ spec }) => `${spec?.scaleTargetRef.kind}/${spec?.scaleTargetRef.name}`,
    ),
    autoscaler.text('Targets', 'Present and wanted values of the metrics.', ({ spec, status }) =>
      atMost(
        metricsOf(spec).map((metric, i) => metricText(metric, status?.currentMetrics?.[i])),
        2,
        '<none>',
        ', ',
      ),
    ),
    autoscaler.text('MinPods', 'Fewest pods.', ({ spec }) =>
      spec?.minReplicas === undefined ? '<unset>' : String(spec.minReplicas),
    ),
    autoscaler.text('MaxPods', 'Most pods.', ({ spec }) => spec?.maxReplicas ?? 0),
    autoscaler.text('Replicas', 'Pods there are.', ({ status }) => status?.currentReplicas ?? 0),
    ageColumn,
  ],
};

/** One metric of an autoscaler: what it is now, and what it shall be. */
/** Returns the metrics of an autoscaler. In version 1 it has one at most, and a field for it. */
function metricsOf(spec: HorizontalPodAutoscaler['spec']): readonly MetricSpec[] {
  const { targetCPUUtilizationPercentage: share } = fieldsOf(spec);
  if (typeof share !== 'number') return spec?.metrics ?? [];
  return [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: share } } }];
}

function metricText(spec: MetricSpec, status: MetricStatus | undefined): string {
  const quantity = (value: Quantity | undefined, missing: string) =>
    value === undefined ? missing : canonicalQuantity(value);
  const named = (name: string, target: MetricValue, current: MetricValue | undefined) => {
    if (target.averageValue !== undefined)
      return `${name}: ${quantity(current?.averageValue, '<unknown>')}/${quantity(target.averageValue, '')}`;
    const percent = (value: number | undefined, missing: string) => (value === undefined ? missing : `${value}%`);
    return `${name}: ${percent(current?.averageUtilization, '<unknown>')}/${percent(target.averageUtilization, '<auto>')}`;
  };
  const plain = (target: MetricValue, current: MetricValue | undefined) =>
    target.averageValue === undefined
      ? `${quantity(current?.value, '<unknown>')}/${quantity(target.value, '<unknown>')}`
      : `${quantity(current?.averageValue, '<unknown>')}/${quantity(target.averageValue, '')} (avg)`;
  if (spec.external) return plain(spec.external.target, status?.external?.current);
  if (spec.object) return plain(spec.object.target, status?.object?.current);
  if (spec.pods) {
    return `${quantity(status?.pods?.current.averageValue, '<unknown>')}/${quantity(spec.pods.target.averageValue, orNone(undefined))}`;
  }
  if (spec.resource) return named(spec.resource.name, spec.resource.target, status?.resource?.current);
  if (spec.containerResource) {
    return named(spec.containerResource.name, spec.containerResource.target, status?.containerResource?.current);
  }
  return '<unknown type>';
}
