import type { BackendTls } from '../object/backends.js';

/** The place that a request is passed on to. */
export interface Backend {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  /** Empty: the scheme's own port. */
  readonly port: string;
  /** The path, decoded, as a byte string. */
  readonly path: string;
  /** The query of a kubelet's URL, without `?`. */
  readonly query: string;
  readonly tls: BackendTls;
  /** The time to connect, in milliseconds. */
  readonly connectMs: number;
}

/** Pods and services have no certificates that the server could verify. */
export const unverified: BackendTls = { rejectUnauthorized: false };

/** The time to connect to a pod, a service, or a port of a node, in milliseconds: as Go's dialer. */
export const dialTimeoutMs = 30_000;

/** Returns the host and port as they stand in a URL. */
export function hostOf({ host, port }: Pick<Backend, 'host' | 'port'>): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === '' ? name : `${name}:${port}`;
}
