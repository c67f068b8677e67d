import { describe, expect, test } from 'vitest';
import { refuseUnread } from '../../src/server/unread-request.js';

/** Returns the end of a connection. */
function ended(code: string, writable = true): string | undefined {
  let outcome: string | undefined = 'left open';
  const socket = {
    writable,
    end(answer: string) {
      outcome = answer.split('\r\n')[0];
      return this;
    },
    destroy() {
      outcome = 'hung up';
      return this;
    },
  };
  refuseUnread(Object.assign(new Error(code), { code }), socket as unknown as Parameters<typeof refuseUnread>[1]);
  return outcome;
}

describe('a connection on which no request came', () => {
  test('that nobody used is closed without a word: a client would take one for the answer to its next request', () => {
    expect(ended('ERR_HTTP_REQUEST_TIMEOUT')).toBe('hung up');
  });

  test('is told what was wrong otherwise, if it can be', () => {
    expect(ended('HPE_INVALID_METHOD')).toBe('HTTP/1.1 405 Method Not Allowed');
    expect(ended('HPE_INVALID_VERSION')).toBe('HTTP/1.1 400 Bad Request');
    expect(ended('ECONNRESET', false)).toBe('hung up');
  });
});
