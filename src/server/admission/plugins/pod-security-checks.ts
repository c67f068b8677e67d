import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../util/json-fields.js';
import type { JsonObject } from '../../../util/json-value.js';

/** A violation of a level of the Pod Security Standards by a pod: the reason in a word, and in detail. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

type Check = (spec: JsonObject, annotations: { readonly [key: string]: string }) => Violation | undefined;

const containersOf = (spec: JsonObject): JsonObject[] =>
  ['initContainers', 'containers', 'ephemeralContainers'].flatMap((list) => objectsOf(spec[list]));

const quoted = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join(', ');

const plural = (word: string, values: readonly unknown[]): string => (values.length === 1 ? word : `${word}s`);

/** `container "a"`, `containers "a", "b"`. */
const named = (containers: readonly JsonObject[]): string =>
  `${plural('container', containers)} ${quoted(containers.map(({ name }) => textOf(name)))}`;

const sorted = (values: readonly string[]): string[] => [...new Set(values)].sort();

const isWindows = (spec: JsonObject): boolean => fieldsOf(spec.os).name === 'windows';

/** A pod in a user namespace of its own is root to nobody but itself. */
const ownUsers = (spec: JsonObject): boolean => spec.hostUsers === false;

const security = (of: JsonObject): JsonObject => fieldsOf(of.securityContext);

/** One check of a field of every container: the containers where `bad` finds something, and what it finds. */
function perContainer(
  reason: string,
  bad: (container: JsonObject) => readonly string[],
  detail: (where: string, found: string[], containers: readonly JsonObject[]) => string,
): Check {
  return (spec) => {
    const found = containersOf(spec).map((container) => ({ container, values: bad(container) }));
    const guilty = found.filter(({ values }) => values.length > 0);
    if (guilty.length === 0) return undefined;
    const containers = guilty.map(({ container }) => container);
    return { reason, detail: detail(named(containers), sorted(guilty.flatMap(({ values }) => values)), containers) };
  };
}

/** One check of a field of the pod's security context and of those of its containers. */
function podOrContainers(
  reason: string,
  bad: (context: JsonObject) => readonly string[],
  detail: (where: string, found: string[]) => string,
): Check {
  return (spec) => {
    const own = bad(security(spec));
    const guilty = containersOf(spec).filter((container) => bad(security(container)).length > 0);
    if (own.length === 0 && guilty.length === 0) return undefined;
    const where = [...(own.length > 0 ? ['pod'] : []), ...(guilty.length > 0 ? [named(guilty)] : [])].join(' and ');
    return { reason, detail: detail(where, sorted([...own, ...guilty.flatMap((one) => bad(security(one)))])) };
  };
}

const unless =
  (exempt: (spec: JsonObject) => boolean, check: Check): Check =>
  (spec, annotations) =>
    exempt(spec) ? undefined : check(spec, annotations);

const defaultCapabilities = new Set([
  ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETFCAP'],
  ...['SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'],
]);

const selinuxTypes = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']);

const safeSysctls = new Set([
  ...['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range'],
  ...['net.ipv4.ip_unprivileged_port_start', 'net.ipv4.ip_local_reserved_ports', 'net.ipv4.tcp_keepalive_time'],
  ...['net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes', 'net.ipv4.tcp_rmem'],
  'net.ipv4.tcp_wmem',
]);

const appArmor = 'container.apparmor.security.beta.kubernetes.io/';

const hostsOf = (handler: unknown): string[] => {
  const { httpGet, tcpSocket } = fieldsOf(handler);
  return [textOf(fieldsOf(httpGet).host), textOf(fieldsOf(tcpSocket).host)].filter((host) => host !== '');
};

/** The checks of `baseline`, which forbid known escalations. */
export const baseline: readonly Check[] = [
  (spec, annotations) => {
    const unconfined = (context: JsonObject): boolean => fieldsOf(context.appArmorProfile).type === 'Unconfined';
    const bad = Object.entries(annotations).filter(
      ([key, value]) =>
        key.startsWith(appArmor) && value !== '' && value !== 'runtime/default' && !value.startsWith('localhost/'),
    );
    const guilty = containersOf(spec).filter((container) => unconfined(security(container)));
    if (!unconfined(security(spec)) && guilty.length === 0 && bad.length === 0) return undefined;
    const parts = [
      ...(unconfined(security(spec)) ? ['pod must not set AppArmor profile type to "Unconfined"'] : []),
      ...(guilty.length > 0 ? [`${named(guilty)} must not set AppArmor profile type to "Unconfined"`] : []),
      ...bad.map(([key, value]) => `${key}=${JSON.stringify(value)}`),
    ];
    return {
      reason: parts.length === 1 ? 'forbidden AppArmor profile' : 'forbidden AppArmor profiles',
      detail: parts.join(', '),
    };
  },
  perContainer(
    'non-default capabilities',
    (container) =>
      listOf(fieldsOf(security(container).capabilities).add)
        .map(textOf)
        .filter((one) => !defaultCapabilities.has(one)),
    (where, found) => `${where} must not include ${quoted(found)} in securityContext.capabilities.add`,
  ),
  (spec) => {
    const shared = ['hostNetwork', 'hostPID', 'hostIPC'].filter((field) => spec[field] === true);
    return shared.length === 0
      ? undefined
      : { reason: 'host namespaces', detail: shared.map((field) => `${field}=true`).join(', ') };
  },
  (spec) => {
    const bad = objectsOf(spec.volumes).filter(({ hostPath }) => hostPath !== undefined);
    const detail = `${plural('volume', bad)} ${quoted(bad.map(({ name }) => textOf(name)))}`;
    return bad.length === 0 ? undefined : { reason: 'hostPath volumes', detail };
  },
  perContainer(
    'hostPort',
    ({ ports }) =>
      objectsOf(ports).flatMap(({ hostPort }) => ((numberOf(hostPort) ?? 0) === 0 ? [] : [String(hostPort)])),
    (where, found, containers) =>
      `${where} ${containers.length === 1 ? 'uses' : 'use'} ${plural('hostPort', found)} ${found.join(', ')}`,
  ),
  perContainer(
    'probe or lifecycle host',
    (container) => {
      const { postStart, preStop } = fieldsOf(container.lifecycle);
      return [container.livenessProbe, container.readinessProbe, container.startupProbe, postStart, preStop].flatMap(
        hostsOf,
      );
    },
    (where, found, containers) =>
      `${where} ${containers.length === 1 ? 'uses' : 'use'} ${plural('probe or lifecycle host', found)} ${quoted(found)}`,
  ),
  perContainer(
    'privileged',
    (container) => (security(container).privileged === true ? ['true'] : []),
    (where) => `${where} must not set securityContext.privileged=true`,
  ),
  unless(
    ownUsers,
    perContainer(
      'procMount',
      (container) => {
        const type = textOf(security(container).procMount);
        return type === '' || type === 'Default' ? [] : [type];
      },
      (where, found) => `${where} must not set securityContext.procMount to ${quoted(found)}`,
    ),
  ),
  (spec) => {
    const bad = (context: JsonObject): string[] => {
      const { type, user, role } = fieldsOf(context.seLinuxOptions);
      return [
        ...(selinuxTypes.has(textOf(type)) ? [] : [`type ${JSON.stringify(type)}`]),
        ...(textOf(user) === '' ? [] : ['user may not be set']),
        ...(textOf(role) === '' ? [] : ['role may not be set']),
      ];
    };
    const check = podOrContainers('seLinuxOptions', bad, (where, found) => {
      const types = found.filter((one) => one.startsWith('type ')).map((one) => one.slice('type '.length));
      const others = found.filter((one) => !one.startsWith('type '));
      const typed = types.length === 0 ? [] : [`${plural('type', types)} ${types.join(', ')}`];
      return `${where} set forbidden securityContext.seLinuxOptions: ${[...typed, ...others].join('; ')}`;
    });
    return check(spec, {});
  },
  podOrContainers(
    'seccompProfile',
    (context) => {
      const { type } = fieldsOf(context.seccompProfile);
      return type === undefined || type === 'RuntimeDefault' || type === 'Localhost' ? [] : [textOf(type)];
    },
    (where, found) => `${where} must not set securityContext.seccompProfile.type to ${quoted(found)}`,
  ),
  (spec) => {
    const bad = objectsOf(security(spec).sysctls)
      .map(({ name }) => textOf(name))
      .filter((name) => !safeSysctls.has(name));
    return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: bad.join(', ') };
  },
  podOrContainers(
    'hostProcess',
    (context) => (fieldsOf(context.windowsOptions).hostProcess === true ? ['true'] : []),
    (where) => `${where} must not set securityContext.windowsOptions.hostProcess=true`,
  ),
];

const plainVolumes = new Set([
  ...[
    'configMap',
    'csi',
    'downwardAPI',
    'emptyDir',
    'ephemeral',
    'image',
    'persistentVolumeClaim',
    'projected',
    'secret',
  ],
]);

/** The checks of `restricted` beyond `baseline`, which forbid everything that a pod does not need to run. */
export const restricted: readonly Check[] = [
  unless(
    isWindows,
    perContainer(
      'allowPrivilegeEscalation != false',
      (container) => (security(container).allowPrivilegeEscalation === false ? [] : ['true']),
      (where) => `${where} must set securityContext.allowPrivilegeEscalation=false`,
    ),
  ),
  unless(isWindows, (spec) => {
    const capabilities = (container: JsonObject, list: string): string[] =>
      listOf(fieldsOf(security(container).capabilities)[list]).map(textOf);
    const all = containersOf(spec);
    const keeping = all.filter((container) => !capabilities(container, 'drop').includes('ALL'));
    const extra = (container: JsonObject): string[] =>
      capabilities(container, 'add').filter((one) => one !== 'NET_BIND_SERVICE');
    const adding = all.filter((container) => extra(container).length > 0);
    const parts = [
      ...(keeping.length > 0 ? [`${named(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
      ...(adding.length > 0
        ? [
            `${named(adding)} must not include ${quoted(sorted(adding.flatMap(extra)))} in securityContext.capabilities.add`,
          ]
        : []),
    ];
    return parts.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: parts.join('; ') };
  }),
  (spec) => {
    const typesOf = (volume: JsonObject): string[] => Object.keys(volume).filter((key) => key !== 'name');
    const bad = objectsOf(spec.volumes).filter((volume) => !typesOf(volume).some((type) => plainVolumes.has(type)));
    if (bad.length === 0) return undefined;
    const types = sorted(bad.flatMap(typesOf));
    const verb = bad.length === 1 ? 'uses' : 'use';
    const detail = `${plural('volume', bad)} ${quoted(bad.map(({ name }) => textOf(name)))} ${verb} restricted volume ${plural('type', types)} ${quoted(types)}`;
    return { reason: 'restricted volume types', detail };
  },
  unless(ownUsers, (spec) => {
    const said = (of: JsonObject): unknown => security(of).runAsNonRoot;
    const reason = 'runAsNonRoot != true';
    const refusing = containersOf(spec).filter((container) => said(container) === false);
    const setters = [...(said(spec) === false ? ['pod'] : []), ...(refusing.length > 0 ? [named(refusing)] : [])];
    if (setters.length > 0)
      return { reason, detail: `${setters.join(' and ')} must not set securityContext.runAsNonRoot=false` };
    const silent = said(spec) === true ? [] : containersOf(spec).filter((container) => said(container) === undefined);
    return silent.length === 0
      ? undefined
      : { reason, detail: `pod or ${named(silent)} must set securityContext.runAsNonRoot=true` };
  }),
  unless(
    ownUsers,
    podOrContainers(
      'runAsUser=0',
      (context) => (context.runAsUser === 0 ? ['0'] : []),
      (where) => `${where} must not set runAsUser=0`,
    ),
  ),
  unless(isWindows, (spec) => {
    const type = (of: JsonObject): string => textOf(fieldsOf(security(of).seccompProfile).type);
    const silent = type(spec) === '' ? containersOf(spec).filter((container) => type(container) === '') : [];
    if (silent.length === 0) return undefined;
    const must = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"';
    return { reason: 'seccompProfile', detail: `pod or ${named(silent)} ${must}` };
  }),
];
