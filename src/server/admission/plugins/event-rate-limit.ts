import { fieldsOf, textOf } from '../../../util/json-fields.js';
import type { EventLimit } from '../../object/admission-configuration.js';
import type { ServerContext } from '../../object/server-context.js';
import { failure } from '../../object/status-error.js';
import { type AdmissionPlugin, isAbout, type ObjectAttributes } from '../admission-plugin.js';
import { TokenBuckets } from '../token-buckets.js';

/** Refuses events beyond the configured rates. */
export const eventRateLimit: AdmissionPlugin = {
  name: 'EventRateLimit',
  validate: (attributes) => {
    const { object, dryRun, request } = attributes;
    if (object === undefined || dryRun || !isAbout(attributes, '', 'events')) return;
    const { server } = request;
    const limits = server.admissionConfiguration.EventRateLimit?.limits ?? [];
    const buckets = bucketsOf(server, limits);
    const now = server.clock.now();
    const reached = limits.flatMap(({ type }, index) => {
      const key = keyOf(type, { ...attributes, object });
      return buckets[index]?.take(key, now) === false ? [`limit reached on type ${type} for key ${key}`] : [];
    });
    if (reached.length === 0) return;
    const why = reached.length === 1 ? reached[0] : `[${reached.join(', ')}]`;
    throw failure(429, 'TooManyRequests', `Too many requests: ${why}`);
  },
};

const defaultCacheSize = 4_096;

/** The buckets of each limit of each server. */
const bucketsOfServers = new WeakMap<ServerContext, readonly TokenBuckets[]>();

function bucketsOf(server: ServerContext, limits: readonly EventLimit[]): readonly TokenBuckets[] {
  const known = bucketsOfServers.get(server);
  if (known !== undefined) return known;
  const made = limits.map(({ qps, burst, cacheSize = defaultCacheSize }) => new TokenBuckets(qps, burst, cacheSize));
  bucketsOfServers.set(server, made);
  return made;
}

function keyOf(type: EventLimit['type'], { request, object }: ObjectAttributes): string {
  switch (type) {
    case 'Server':
      return '';
    case 'Namespace':
      return request.path.namespace ?? '';
    case 'User':
      return request.user.username;
    case 'SourceAndObject': {
      const { component, host } = fieldsOf(object.source);
      const { kind, namespace, name, uid, apiVersion } = fieldsOf(object.involvedObject);
      return [component, host, kind, namespace, name, uid, apiVersion].map(textOf).join('');
    }
  }
}
