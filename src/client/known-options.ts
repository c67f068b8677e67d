import { checkOptions, type KeysOf } from '../errors/check-options.js';
import type { CopyOptions } from '../streams/copy.js';
import type { ExecOptions, OpenExecOptions } from '../streams/exec.js';
import type { PortForwardOptions } from '../streams/port-forward.js';
import type { StreamOptions } from '../streams/stream-context.js';
import type { AccessQuestion } from './access.js';
import type { LogOptions } from './log-stream.js';
import type { EventsOptions } from './object-events.js';
import type {
  ApplyOptions,
  CallOptions,
  DeleteAllOptions,
  DeletionOptions,
  GetOptions,
  ListOptions,
  Selection,
  ShardedSelection,
  UpdateOptions,
  WaitOptions,
  WatchOptions,
  WriteOptions,
} from './options.js';
import type { DrainOptions, TopNodesOptions, TopPodsOptions } from './platform-verbs.js';
import type { TableOptions } from './projections.js';
import type { RawRequest } from './raw.js';
import type { TokenOptions } from './resource-client.js';
import type { DebugOptions, ProxyOptions } from './stream-verbs.js';

/** The options of every call. */
export const callOptions: KeysOf<CallOptions> = { signal: true, timeoutMs: true, idempotent: true };
/** The options that select objects. */
export const selection: KeysOf<Selection> = { labels: true, fields: true };
const sharded: KeysOf<ShardedSelection> = { ...selection, shardSelector: true };
const stream: KeysOf<StreamOptions> = { signal: true, openTimeoutMs: true };
/** The options of logs of one and of many pods. */
export const logOptions: KeysOf<Omit<LogOptions, 'previous' | 'restarts' | 'container'>> = {
  follow: true,
  tail: true,
  sinceSeconds: true,
  sinceTime: true,
  timestamps: true,
  limitBytes: true,
  stream: true,
  insecureSkipTLSVerifyBackend: true,
  maxLineBytes: true,
  signal: true,
};
const write: KeysOf<WriteOptions> = { ...callOptions, dryRun: true, fieldValidation: true, fieldManager: true };
const deletion: KeysOf<DeletionOptions> = {
  ...callOptions,
  propagation: true,
  gracePeriodSeconds: true,
  preconditions: true,
  dryRun: true,
};
const { preconditions: _, ...deletionOfMany } = deletion;

/** The options of each verb. */
const verbs = {
  get: { ...callOptions, resourceVersion: true } satisfies KeysOf<GetOptions>,
  list: {
    ...callOptions,
    ...sharded,
    pageSize: true,
    continue: true,
    resourceVersion: true,
    resourceVersionMatch: true,
  } satisfies KeysOf<ListOptions>,
  watch: {
    ...callOptions,
    ...sharded,
    resourceVersion: true,
    resourceVersionMatch: true,
    timeoutSeconds: true,
    bookmarks: true,
    sendInitialEvents: true,
    onUndecodable: true,
  } satisfies KeysOf<WatchOptions>,
  create: write,
  replace: write,
  update: { ...write, attempts: true } satisfies KeysOf<UpdateOptions>,
  patch: { ...write, force: true } satisfies KeysOf<WriteOptions & { force?: boolean }>,
  apply: {
    ...callOptions,
    manager: true,
    force: true,
    dryRun: true,
    fieldValidation: true,
  } satisfies KeysOf<ApplyOptions>,
  delete: deletion,
  deleteAll: { ...deletionOfMany, ...selection, all: true } satisfies KeysOf<DeleteAllOptions>,
  createToken: {
    ...callOptions,
    audiences: true,
    expirationSeconds: true,
    boundTo: true,
  } satisfies KeysOf<TokenOptions>,
  evict: { ...deletion, ...write } satisfies KeysOf<DeletionOptions & WriteOptions>,
  drain: {
    force: true,
    gracePeriodSeconds: true,
    dryRun: true,
    onEvicted: true,
    timeoutMs: true,
    signal: true,
  } satisfies KeysOf<DrainOptions>,
  events: { ...callOptions, types: true, follow: true } satisfies KeysOf<EventsOptions>,
  topNodes: { ...callOptions, labels: true, name: true } satisfies KeysOf<TopNodesOptions>,
  topPods: {
    ...callOptions,
    labels: true,
    namespace: true,
    allNamespaces: true,
    name: true,
  } satisfies KeysOf<TopPodsOptions>,
  can: {
    ...callOptions,
    verb: true,
    resource: true,
    namespace: true,
    name: true,
    subresource: true,
  } satisfies KeysOf<AccessQuestion>,
  'table.get': callOptions,
  'table.list': { ...callOptions, ...selection, limit: true, continue: true } satisfies KeysOf<TableOptions>,
  raw: {
    ...callOptions,
    path: true,
    method: true,
    query: true,
    accept: true,
    body: true,
    contentType: true,
  } satisfies KeysOf<RawRequest>,
  logs: { ...logOptions, previous: true, restarts: true, container: true } satisfies KeysOf<LogOptions>,
  exec: {
    ...stream,
    container: true,
    stdin: true,
    timeoutMs: true,
    maxOutputBytes: true,
  } satisfies KeysOf<ExecOptions>,
  openExec: { ...stream, container: true, tty: true, size: true, stdin: true } satisfies KeysOf<OpenExecOptions>,
  connect: stream,
  portForward: {
    ...stream,
    localPort: true,
    address: true,
    onConnectionError: true,
  } satisfies KeysOf<PortForwardOptions>,
  copy: { ...stream, container: true, onProgress: true } satisfies KeysOf<CopyOptions>,
  debug: {
    ...stream,
    size: true,
    image: true,
    target: true,
    command: true,
    args: true,
    env: true,
    name: true,
    tty: true,
    startTimeoutMs: true,
  } satisfies KeysOf<DebugOptions>,
  proxy: { port: true, scheme: true } satisfies KeysOf<ProxyOptions>,
  waitFor: { timeoutMs: true, signal: true } satisfies KeysOf<WaitOptions>,
};

/** Refuses options that a verb does not have: see `checkOptions`. */
export function checkVerbOptions(verb: keyof typeof verbs, options: object): void {
  checkOptions(verb, options, verbs[verb]);
}
