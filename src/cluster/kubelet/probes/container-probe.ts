import type { Container, Probe } from '../../../../generated/core/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';
import { deadlineSignal } from '../../../util/abort.js';
import type { Clock } from '../../../util/clock.js';
import type { ContainerInstance } from '../pods/container-instance.js';
import { runCommand } from '../pods/run-command.js';
import { probeGrpc } from './grpc-probe.js';
import { type Dial, probeHttp } from './http-probe.js';
import { type ProbeResult, portOf, textOf } from './probe-result.js';

/** The container that a probe asks. */
export interface ProbeTarget {
  readonly container: DeepReadonly<Container>;
  readonly instance: ContainerInstance;
  /** The address of the pod. */
  readonly address: string;
  readonly dial: Dial;
  readonly clock: Clock;
}

/** The agent that probes name themselves by. */
const AGENT = 'kube-probe/1.36';

/** Runs one probe, within its timeout. Never rejects. */
export async function runProbe(
  probe: DeepReadonly<Probe>,
  target: ProbeTarget,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const seconds = probe.timeoutSeconds ?? 1;
  const deadline = deadlineSignal(target.clock, seconds * 1000, () => new Error(`timed out after ${seconds}s`), signal);
  try {
    return await ask(probe, target, deadline.signal, seconds);
  } catch (error) {
    return { ok: false, output: textOf(error) };
  } finally {
    deadline.dispose();
  }
}

async function ask(
  { exec, httpGet, tcpSocket, grpc }: DeepReadonly<Probe>,
  { container, instance, address, dial }: ProbeTarget,
  signal: AbortSignal,
  seconds: number,
): Promise<ProbeResult> {
  if (exec !== undefined) {
    const command = exec.command ?? [];
    const { output, exitCode } = await runCommand(instance, command, signal);
    if (signal.aborted) {
      return {
        ok: false,
        output: `command timed out: ${JSON.stringify(command.join(' '))} timed out after ${seconds}s`,
      };
    }
    return { ok: exitCode === 0, output };
  }
  if (httpGet !== undefined) {
    const { host, path = '/', scheme = 'HTTP', httpHeaders = [] } = httpGet;
    const target = {
      scheme: scheme === 'HTTPS' ? ('https' as const) : ('http' as const),
      host: host || address,
      port: requirePort(httpGet.port, container),
      path,
      headers: httpHeaders,
    };
    return probeHttp(target, dial, AGENT, signal);
  }
  if (tcpSocket !== undefined) {
    const connecting = dial(tcpSocket.host || address, requirePort(tcpSocket.port, container));
    const socket = await within(connecting, signal);
    socket.destroy();
    return { ok: true, output: '' };
  }
  if (grpc !== undefined) {
    return probeGrpc({ host: address, port: grpc.port, service: grpc.service ?? '' }, dial, AGENT, signal);
  }
  return { ok: true, output: '' };
}

function requirePort(port: number | string, container: DeepReadonly<Container>): number {
  const number = portOf(port, container.ports);
  if (number === undefined || number < 1 || number > 65_535) throw new RangeError(`invalid port: ${port}`);
  return number;
}

/** Waits for a connection, and destroys one that comes too late. */
async function within<T extends { destroy(): unknown }>(connecting: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error('dial tcp: i/o timeout'));
    if (signal.aborted) late();
    signal.addEventListener('abort', late, { once: true });
    connecting.then(
      (socket) => {
        signal.removeEventListener('abort', late);
        if (signal.aborted) socket.destroy();
        resolve(socket);
      },
      (error) => {
        signal.removeEventListener('abort', late);
        reject(error);
      },
    );
  });
}
