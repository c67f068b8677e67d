import type { FlowSchema, PriorityLevelConfiguration } from '../../../../generated/flowcontrol.apiserver.k8s.io/v1.js';
import type { Column } from '../../object/column.js';
import { columnsFor, nameColumn } from '../../table/common-columns.js';
import { ageColumn, orNone } from '../../table/format.js';

const flow = columnsFor<FlowSchema>();
const level = columnsFor<PriorityLevelConfiguration>();

/** The columns of the kinds of the group, by `group/Kind`. */
export const flowControlColumns: { readonly [kind: string]: readonly Column[] } = {
  'flowcontrol.apiserver.k8s.io/FlowSchema': [
    nameColumn,
    flow.text('PriorityLevel', 'Level its requests go to.', ({ spec }) => spec?.priorityLevelConfiguration.name ?? ''),
    flow.text('MatchingPrecedence', 'Lower ones are asked first.', ({ spec }) => spec?.matchingPrecedence ?? 0),
    flow.text('DistinguisherMethod', 'What tells its flows apart.', ({ spec }) =>
      orNone(spec?.distinguisherMethod?.type),
    ),
    ageColumn,
    flow.text(
      'MissingPL',
      'Whether the level is missing.',
      ({ status }) => status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
    ),
  ],
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration': [
    nameColumn,
    level.text('Type', 'Limited or Exempt.', ({ spec }) => spec?.type ?? ''),
    level.text(
      'NominalConcurrencyShares',
      'Its share of the server.',
      ({ spec }) => spec?.limited?.nominalConcurrencyShares ?? '<none>',
    ),
    level.text(
      'Queues',
      'How many queues it has.',
      ({ spec }) => spec?.limited?.limitResponse?.queuing?.queues ?? '<none>',
    ),
    level.text(
      'HandSize',
      'Queues a flow may use.',
      ({ spec }) => spec?.limited?.limitResponse?.queuing?.handSize ?? '<none>',
    ),
    level.text(
      'QueueLengthLimit',
      'Longest queue.',
      ({ spec }) => spec?.limited?.limitResponse?.queuing?.queueLengthLimit ?? '<none>',
    ),
    ageColumn,
  ],
};
