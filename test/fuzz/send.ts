import { type Agent, request as httpRequest, METHODS } from 'node:http';
import { connect } from 'node:net';
import { systemClock } from '../../src/util/clock.js';
import type { FuzzRequest } from './mutate-request.js';

/** The status and the beginning of the body that came back, or the reason why nothing did. */
export interface FuzzAnswer {
  readonly status: number | undefined;
  readonly text: string;
  readonly problem?: 'hang' | 'cut';
}

/** The client leaves a stream after so many milliseconds. */
const streamMs = 20;

/** An answer that takes more milliseconds counts as a hang. */
const hangMs = 10_000;

/** The part of an answer that is kept. */
const keptBytes = 2_000;

/** Sends a request and reads its answer to the end. A stream is left after a moment. */
export function send(port: number, agent: Agent, { method, path, headers, body }: FuzzRequest): Promise<FuzzAnswer> {
  return new Promise((resolve) => {
    let status: number | undefined;
    let text = '';
    const isStream = /[?&](watch|follow)=|\/watch\//.test(path);
    const end = (problem?: FuzzAnswer['problem']): void => {
      timer.cancel();
      resolve({ status, text, ...(problem === undefined ? {} : { problem }) });
    };
    const timer = systemClock.setTimer(hangMs, () => {
      text = `no answer on ${outgoing.socket === null ? 'no' : outgoing.reusedSocket ? 'a reused' : 'a new'} connection`;
      end('hang');
      outgoing.destroy();
    });
    const sized = body === undefined ? headers : { ...headers, 'content-length': String(body.length) };
    // Node's parser ends the connection after a method that it does not know, so nothing else may be sent on it.
    const own = METHODS.includes(method) ? agent : false;
    const outgoing = httpRequest({ host: '127.0.0.1', port, agent: own, method, path, headers: sized }, (response) => {
      status = response.statusCode;
      if (isStream) {
        systemClock.setTimer(streamMs, () => {
          end();
          outgoing.destroy();
        });
      }
      response.on('data', (chunk: Buffer) => {
        if (text.length < keptBytes) text += chunk.toString('latin1', 0, keptBytes);
      });
      response.on('end', () => end());
      response.on('error', () => end(isStream ? undefined : 'cut'));
    });
    outgoing.on('upgrade', (_response, socket) => {
      socket.destroy();
      end();
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (text === '') text = `${error.code} on ${outgoing.reusedSocket ? 'a reused' : 'a new'} connection`;
      end(status === undefined || !isStream ? 'cut' : undefined);
    });
    outgoing.end(body);
  });
}

/** Writes bytes to a socket of their own, waits a moment for an answer and goes away. */
export function sendRaw(port: number, bytes: Uint8Array): Promise<FuzzAnswer> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    const timer = systemClock.setTimer(streamMs, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      if (text.length < keptBytes) text += chunk.toString('latin1', 0, keptBytes);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      timer.cancel();
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? Number.NaN) || undefined, text });
    });
  });
}
