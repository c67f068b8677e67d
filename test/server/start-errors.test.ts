import { isConfigError, isInvalidRequestError } from 'keelson';
import { startServer } from 'keelson/server';
import { expect, test } from 'vitest';

test('startServer names the option and the address where the port is taken', async () => {
  await using server = await startServer();
  const port = Number(new URL(server.url ?? '').port);
  const error = await startServer({ listen: { port } }).catch((thrown: unknown) => thrown);
  expect(isConfigError(error)).toBe(true);
  expect(String(error)).toContain(`cannot listen on options.listen.port 127.0.0.1:${port}: EADDRINUSE`);
});

test('startServer says which option it refuses', async () => {
  const error = await startServer({ enableAdmissionPlugins: ['NoSuch'] }).catch((thrown: unknown) => thrown);
  expect(isConfigError(error)).toBe(true);
  expect(String(error)).toMatch(/cannot start the server: .*"NoSuch" is unknown/);
});

test('writeKubeconfig refuses a server that listens nowhere', async () => {
  await using server = await startServer({ listen: false });
  const error = await server.writeKubeconfig('unused').catch((thrown: unknown) => thrown);
  expect(isInvalidRequestError(error)).toBe(true);
});
