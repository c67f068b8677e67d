import { lookup as lookUp } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { onAbort } from '../../util/abort.js';
import type { Dial, Lookup } from '../object/backends.js';

/** Opens a TCP connection. */
export const dialTcp: Dial = ({ host, port }, signal) =>
  new Promise<Duplex>((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, keepAlive: true, allowHalfOpen: true });
    const stop = onAbort(signal, (reason) => {
      socket.destroy();
      reject(reason);
    });
    const onError = (error: Error): void => {
      stop();
      reject(error);
    };
    socket.once('error', onError);
    socket.once('connect', () => {
      stop();
      socket.off('error', onError);
      resolve(socket);
    });
  });

/** Asks the resolver of this machine. */
export const lookUpHost: Lookup = async (host) => {
  if (isIP(host) !== 0) return [host];
  return (await lookUp(host, { all: true })).map(({ address }) => address);
};
