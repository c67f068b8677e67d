import { networkInterfaces } from 'node:os';

/** Returns the first address of this machine that is not loopback, or loopback if it has no other. */
export function machineAddresses(): string[] {
  const found = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4');
  return [found?.address ?? '127.0.0.1'];
}
