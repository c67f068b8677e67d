import { lazy } from '../../util/lazy.js';
import type { Scheme } from '../object/server-context.js';
import { priorities, priorityOf } from './api-priorities.js';
import { type BootstrapObject, bootstrapObject, type Fields, keys, leaves, startTime } from './bootstrap-objects.js';
import { exemptSpec, levelSpec, levels, schemaSpec, schemas } from './flow-control-objects.js';

/** The objects that kube-apiserver makes for its own use: priorities, ranges of addresses, and what is served where. */
export function defaultObjects(scheme: Scheme, serviceCidrs: readonly string[]): readonly BootstrapObject[] {
  return [...ownObjects(), defaultServiceCidr(serviceCidrs), ...apiServices(scheme)];
}

/** The objects that are the same in every server. */
const ownObjects = lazy(() => [...priorityLevels(), ...flowSchemas(), ...priorityClasses()]);

const autoupdate = 'apf.kubernetes.io/autoupdate-spec';
const annotations = { [autoupdate]: 'true' };
const ownMetadata = { 'f:annotations': keys(autoupdate) };
const producer = 'api-priority-and-fairness-config-producer-v1';
const consumer = 'api-priority-and-fairness-config-consumer-v1';
const flowControl = 'flowcontrol.apiserver.k8s.io';

function priorityLevels(): BootstrapObject[] {
  const level = (name: string, spec: object, owned: Fields) =>
    bootstrapObject(flowControl, 'prioritylevelconfigurations', {
      name,
      generation: 1,
      annotations,
      owned: [{ manager: producer, fields: { 'f:metadata': ownMetadata, 'f:spec': { ...owned, 'f:type': {} } } }],
      fields: { spec, status: {} },
    });
  return [
    level('exempt', exemptSpec, { 'f:exempt': keys('lendablePercent', 'nominalConcurrencyShares') }),
    ...levels.map((one) => {
      const response =
        one.queues === undefined
          ? keys('type')
          : { '.': {}, 'f:queuing': keys('handSize', 'queueLengthLimit', 'queues'), 'f:type': {} };
      const rest = leaves('f:nominalConcurrencyShares');
      return level(one.name, levelSpec(one), {
        'f:limited': { ...leaves('. f:lendablePercent'), 'f:limitResponse': response, ...rest },
      });
    }),
  ];
}

function flowSchemas(): BootstrapObject[] {
  const condition = leaves('. f:lastTransitionTime f:message f:reason f:status f:type');
  return schemas.map((one) => {
    const spec = {
      ...(one.by === undefined ? {} : { 'f:distinguisherMethod': keys('type') }),
      ...leaves('f:matchingPrecedence'),
      'f:priorityLevelConfiguration': leaves('f:name'),
      ...leaves('f:rules'),
    };
    const found = {
      type: 'Dangling',
      status: 'False',
      lastTransitionTime: startTime,
      reason: 'Found',
      message: `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(one.level)} and it exists`,
    };
    return bootstrapObject(flowControl, 'flowschemas', {
      name: one.name,
      generation: 1,
      annotations,
      owned: [
        {
          manager: consumer,
          operation: 'Apply',
          fields: { 'f:status': { 'f:conditions': { 'k:{"type":"Dangling"}': condition } } },
          subresource: 'status',
        },
        { manager: producer, fields: { 'f:metadata': ownMetadata, 'f:spec': spec } },
      ],
      fields: { spec: schemaSpec(one), status: { conditions: [found] } },
    });
  });
}

const critical = [
  {
    name: 'system-cluster-critical',
    value: 2_000_000_000,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
  {
    name: 'system-node-critical',
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
];

function priorityClasses(): BootstrapObject[] {
  return critical.map(({ name, value, description }) =>
    bootstrapObject('scheduling.k8s.io', 'priorityclasses', {
      name,
      generation: 1,
      owned: [{ fields: leaves('f:description f:preemptionPolicy f:value') }],
      fields: { value, description, preemptionPolicy: 'PreemptLowerPriority' },
    }),
  );
}

/** Returns the ServiceCIDR of the networks that the server's flags give. */
export function defaultServiceCidr(cidrs: readonly string[]): BootstrapObject {
  const ready = {
    type: 'Ready',
    status: 'True',
    lastTransitionTime: startTime,
    reason: '',
    message: 'Kubernetes default Service CIDR is ready',
  };
  const condition = leaves('. f:lastTransitionTime f:message f:status f:type');
  return bootstrapObject('networking.k8s.io', 'servicecidrs', {
    name: 'kubernetes',
    owned: [
      {
        manager: 'kubernetes-service-cidr-controller',
        operation: 'Apply',
        fields: { 'f:status': { 'f:conditions': { 'k:{"type":"Ready"}': condition } } },
        subresource: 'status',
      },
      { fields: { 'f:spec': leaves('f:cidrs') } },
    ],
    fields: { spec: { cidrs }, status: { conditions: [ready] } },
  });
}

const automanaged = 'kube-aggregator.kubernetes.io/automanaged';
const available = {
  type: 'Available',
  status: 'True',
  lastTransitionTime: startTime,
  reason: 'Local',
  message: 'Local APIServices are always available',
};

/** By name: which there are depends on what a server serves, what they are does not. */
const services = new Map<string, BootstrapObject>();

function apiServices(scheme: Scheme): BootstrapObject[] {
  const served = scheme.groups().filter(({ group }) => Object.hasOwn(priorities, group));
  return served.flatMap(({ group, versions }) =>
    versions.map((version) => {
      const name = `${version}.${group}`;
      const known = services.get(name);
      if (known !== undefined) return known;
      const spec = leaves(`${group === '' ? '' : 'f:group '}f:groupPriorityMinimum f:version f:versionPriority`);
      const service = bootstrapObject('apiregistration.k8s.io', 'apiservices', {
        name,
        labels: { [automanaged]: 'onstart' },
        owned: [{ fields: { 'f:metadata': { 'f:labels': keys(automanaged) }, 'f:spec': spec } }],
        fields: {
          spec: { ...(group === '' ? {} : { group }), version, ...priorityOf(group, version) },
          status: { conditions: [available] },
        },
      });
      services.set(name, service);
      return service;
    }),
  );
}
