import type { Container, LifecycleHandler } from '../../../../generated/core/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';
import type { Clock } from '../../../util/clock.js';
import { type Dial, probeHttp } from '../probes/http-probe.js';
import { portOf } from '../probes/probe-result.js';
import { ContainerError } from '../runtime/container-error.js';
import type { ContainerInstance } from './container-instance.js';
import { runCommand } from './run-command.js';

/** The container that a hook is run for. */
export interface HookTarget {
  readonly container: DeepReadonly<Container>;
  readonly instance: ContainerInstance;
  readonly address: string;
  readonly dial: Dial;
  readonly clock: Clock;
}

const AGENT = 'kube-lifecycle/1.36';

/** Runs a lifecycle hook. Throws a `ContainerError` when it fails. */
export async function runHook(
  { exec, httpGet, sleep }: DeepReadonly<LifecycleHandler>,
  { container, instance, address, dial, clock }: HookTarget,
  signal: AbortSignal,
): Promise<void> {
  if (exec !== undefined) {
    const command = exec.command ?? [];
    const { exitCode, stderr } = await runCommand(instance, command, signal);
    if (exitCode !== 0) throw failure(`command '${command.join(' ')}' exited with ${exitCode}: ${stderr}`);
  } else if (httpGet !== undefined) {
    const { host, path = '/', scheme = 'HTTP', httpHeaders = [] } = httpGet;
    const port = portOf(httpGet.port, container.ports);
    if (port === undefined) throw failure(`couldn't find port: ${httpGet.port}`);
    const target = { scheme: scheme === 'HTTPS' ? 'https' : 'http', host: host || address, port, path } as const;
    const { status, output } = await probeHttp({ ...target, headers: httpHeaders }, dial, AGENT, signal);
    // Any answer will do: only a request that fails is an error.
    if (status === undefined) throw failure(output);
  } else if (sleep !== undefined) {
    const over = new AbortController();
    const stop = () => over.abort();
    signal.addEventListener('abort', stop, { once: true });
    void instance.exited.then(stop);
    await clock.sleep(sleep.seconds * 1000, { signal: over.signal }).catch(() => {});
    signal.removeEventListener('abort', stop);
  }
}

function failure(message: string): ContainerError {
  return new ContainerError('RunContainerError', message);
}
