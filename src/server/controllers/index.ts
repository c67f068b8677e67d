import type { ServerContext } from '../registry/context.js';
import { runGarbageCollector } from './garbage-collector.js';
import type { ControllerName } from './names.js';
import { runNamespaceLifecycle } from './namespace-lifecycle.js';
import { runServiceAccounts } from './service-accounts.js';

/** Starts the named controllers. They end when the server closes. */
export function startControllers(server: ServerContext, wanted: ReadonlySet<ControllerName>): void {
  if (wanted.has('serviceaccount')) runServiceAccounts(server);
  if (wanted.has('garbagecollector')) runGarbageCollector(server);
  if (wanted.has('namespace')) runNamespaceLifecycle(server);
}
