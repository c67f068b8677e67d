import type { Channel, Link } from './channel.js';
import { connectionLost, GatewayError } from './gateway-error.js';

/** Asks the gateway for something, and resolves with its answer. Rejects with a `GatewayError`, or with the signal's reason. */
export function callGateway(link: Link, action: string, params: unknown, signal?: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let isSent = false;
    const onAbort = () => {
      link.send({ type: 'close', id });
      finish(() => reject(signal?.reason));
    };
    const finish = (settle: () => void) => {
      link.detach(id);
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    const channel: Channel = {
      start: (own) => {
        isSent = true;
        link.send({ type: 'call', id: own, action, params });
      },
      receive: (message) => {
        if (message.type === 'result') finish(() => resolve(message.value));
        else if (message.type === 'fault') finish(() => reject(new GatewayError(message.fault)));
      },
      // The gateway may have done it. Only the caller knows whether it can be asked for twice.
      lost: (isFinal) => (isSent || isFinal) && finish(() => reject(connectionLost(`action ${action}`))),
    };
    const id = link.attach(channel);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}
