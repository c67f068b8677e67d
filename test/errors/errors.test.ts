import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  ApiError,
  apiErrorFromResponse,
  apiErrorFromStatus,
  DecodingError,
  InvalidRequestError,
  isAlreadyExists,
  isApiError,
  isConflict,
  isInvalidRequestError,
  isKubeError,
  isNetworkError,
  isNotFound,
  KubeError,
  NetworkError,
  TimeoutError,
} from '../../src/errors/index.js';

const request = { verb: 'get', kind: 'Pod', resource: 'pods', namespace: 'shop', name: 'web-0' };
const notFound = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: 'pods "web-0" not found',
  reason: 'NotFound',
  details: { name: 'web-0', kind: 'pods' },
  code: 404,
};
const answer = (status: number, body: unknown, type = 'application/json') =>
  apiErrorFromResponse({
    status,
    headers: { 'content-type': type },
    body: new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)),
    request,
  });

describe('ApiError', () => {
  it('says verb, kind, namespace, name, code, reason and what the server said', () => {
    expect(answer(404, notFound).message).toBe('get Pod shop/web-0: 404 NotFound: pods "web-0" not found');
  });

  it('keeps the typed Status and answers questions about it', () => {
    const error = answer(404, notFound);
    expect(error.status).toEqual(notFound);
    expect(error).toBeInstanceOf(KubeError);
    expect(error.name).toBe('ApiError');
    expect(error.code).toBe('ERR_KUBE_API');
    expect([error.isNotFound, error.isGone, error.isConflict]).toEqual([true, false, false]);
  });

  it('tells AlreadyExists from Conflict though both are 409', () => {
    const exists = answer(409, { ...notFound, reason: 'AlreadyExists', code: 409 });
    expect([isAlreadyExists(exists), isConflict(exists)]).toEqual([true, false]);
    const conflict = answer(409, { ...notFound, reason: 'Conflict', code: 409 });
    expect([isAlreadyExists(conflict), isConflict(conflict)]).toEqual([false, true]);
  });

  it('goes by the HTTP code when the reason is absent or unknown, by the reason otherwise', () => {
    expect(answer(404, { kind: 'Status', code: 404 }).isNotFound).toBe(true);
    expect(answer(404, { kind: 'Status', code: 404, reason: 'Custom' }).isNotFound).toBe(true);
    expect(answer(404, { kind: 'Status', code: 404, reason: 'Forbidden' }).isNotFound).toBe(false);
    expect(answer(500, { kind: 'Status', code: 500 }).isInternal).toBe(true);
  });

  it('knows a 410 as gone whatever its reason, and as expired only by its reason', () => {
    const expired = apiErrorFromStatus({ kind: 'Status', code: 410, reason: 'Expired', message: 'too old' });
    expect([expired.isGone, expired.isExpired, expired.httpStatus]).toEqual([true, true, 410]);
    const gone = apiErrorFromStatus({ kind: 'Status', code: 410, reason: 'Gone' });
    expect([gone.isGone, gone.isExpired]).toEqual([true, false]);
  });

  it('keeps the continue token an expired list hands back', () => {
    const error = answer(410, {
      kind: 'Status',
      reason: 'Expired',
      code: 410,
      metadata: { continue: 'eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ' },
    });
    expect(error.status.metadata?.continue).toBe('eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ');
  });

  it('gives the causes of an invalid object', () => {
    const causes = [{ reason: 'FieldValueInvalid', message: 'must be positive', field: 'spec.ports[0].port' }];
    const error = answer(422, { kind: 'Status', code: 422, reason: 'Invalid', details: { causes } });
    expect(error.isInvalid).toBe(true);
    expect(error.causes).toEqual(causes);
    expect(error.hasCause('FieldValueInvalid')).toBe(true);
  });

  it('takes the waiting time from Retry-After as seconds or date, else from the Status', () => {
    const with_ = (value: string | undefined, details = {}) =>
      apiErrorFromResponse({
        status: 429,
        headers: { 'retry-after': value },
        body: JSON.stringify({ kind: 'Status', code: 429, reason: 'TooManyRequests', details }),
        now: Date.UTC(2026, 0, 1),
      }).retryAfterMs;
    expect(with_('2')).toBe(2000);
    expect(with_('Thu, 01 Jan 2026 00:00:05 GMT')).toBe(5000);
    expect(with_(undefined, { retryAfterSeconds: 10 })).toBe(10_000);
    expect(with_('3', { retryAfterSeconds: 10 })).toBe(3000);
    expect(with_('soon')).toBeUndefined();
    expect(with_(undefined)).toBeUndefined();
  });
});

describe('an answer that is no Status', () => {
  it.each([
    [404, 'NotFound', 'isNotFound'],
    [401, 'Unauthorized', 'isUnauthorized'],
    [403, 'Forbidden', 'isForbidden'],
    [415, 'UnsupportedMediaType', 'isUnsupportedMediaType'],
    [503, 'ServiceUnavailable', 'isServiceUnavailable'],
  ] as const)('%i becomes %s', (code, reason, getter) => {
    const error = answer(code, 'no\n', 'text/plain');
    expect(error.reason).toBe(reason);
    expect(error[getter]).toBe(true);
    expect(error.httpStatus).toBe(code);
  });

  it('shows plain text, short and on one line', () => {
    expect(answer(404, '404 page not found\n', 'text/plain').message).toBe(
      'get Pod shop/web-0: 404 NotFound: 404 page not found',
    );
    const long = answer(500, `a\u001b[31m\n${'x'.repeat(5000)}`, 'text/plain').message;
    expect(long.length).toBeLessThan(300);
    expect(long).not.toContain('\u001b');
    expect(long).not.toContain('\n');
  });

  it('names an HTML page by its title and nothing else of it', () => {
    const error = answer(
      502,
      '<html><head><title>502 Bad\nGateway</title></head><body>SECRET</body></html>',
      'text/html',
    );
    expect(error.message).toContain('HTML page titled "502 Bad Gateway"');
    expect(error.message).not.toContain('SECRET');
  });

  it('shows nothing of JSON, binary or cut-off answers', () => {
    expect(answer(500, '{"data":{"password":"hunter2"}}').message).not.toContain('hunter2');
    expect(answer(500, '{"kind":"Status","message":"hunter2').message).not.toContain('hunter2');
    const binary = apiErrorFromResponse({ status: 500, body: new Uint8Array([0xff, 0xfe, 0x41]) });
    expect(binary.message).toBe('500 InternalError: the answer is no Status (3 bytes)');
  });

  it('survives a hostile Status', () => {
    const body = `{"kind":"Status","__proto__":{"polluted":1},"message":{"a":1},"code":"x","details":{"causes":[1,null,{"field":2,"message":"m"}]}}`;
    const error = answer(500, body);
    expect(error.status).toEqual({ kind: 'Status', apiVersion: 'v1', details: { causes: [{ message: 'm' }] } });
    expect('polluted' in error.status).toBe(false);
    for (const value of [undefined, null, 7, 'x', [], { code: 1.5 }])
      expect(isApiError(apiErrorFromStatus(value))).toBe(true);
  });
});

describe('no credential gets into an error', () => {
  const jwt = `eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW0ifQ.c2lnbmF0dXJl`;
  const leaks = [
    ['a bearer token', 'bad header Authorization: Bearer admin-token-1234', 'admin-token-1234'],
    ['a web token', `could not verify ${jwt} here`, 'c2lnbmF0dXJl'],
    ['basic credentials', 'got Authorization: Basic dXNlcjpodW50ZXIy', 'dXNlcjpodW50ZXIy'],
    ['a password in a URL', 'dial https://bob:hunter2@proxy:3128 failed', 'hunter2'],
    ['a key', 'x -----BEGIN RSA PRIVATE KEY-----\nMIIEabc\n-----END RSA PRIVATE KEY----- y', 'MIIEabc'],
  ] as const;

  it.each(leaks)('%s in a Status or in plain text', (_, text, secret) => {
    for (const error of [
      answer(500, { ...notFound, message: text, details: { causes: [{ message: text }] } }),
      answer(500, text, 'text/plain'),
    ]) {
      expect(error.message).toContain('[redacted]');
      for (const shown of [error.message, String(error.stack), inspect(error, { depth: 9 }), JSON.stringify(error)]) {
        expect(shown).not.toContain(secret);
      }
    }
  });

  it('nor what plain text calls a password or a token, while a Status may speak of them', () => {
    expect(answer(500, 'token=abc123 password: "p w"', 'text/plain').message).not.toMatch(/abc123|"p/);
    const words = 'spec.password: Required value; basic authentication is off; bearer token missing; no basic pattern';
    expect(answer(422, { ...notFound, message: words }).message).toContain(words);
  });
});

describe('every error', () => {
  it('is known to the guards, even when another copy of the package made it', () => {
    const foreign = Object.assign(new Error('x'), {
      code: 'ERR_KUBE_NETWORK',
      [Symbol.for('keelson.KubeError')]: true,
    });
    expect(isNetworkError(foreign)).toBe(true);
    expect(isNetworkError(new InvalidRequestError('x'))).toBe(false);
    expect(isInvalidRequestError(new InvalidRequestError('x'))).toBe(true);
    for (const other of [new Error('x'), undefined, null, 'ERR_KUBE_API', { code: 'ERR_KUBE_API' }]) {
      expect(isKubeError(other)).toBe(false);
      expect(isNotFound(other)).toBe(false);
    }
  });

  it('has a cause, a stable code and a name in its stack', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    const error = new NetworkError('the server cannot be reached', {
      cause,
      request: { verb: 'list', resource: 'pods', namespace: 'a' },
    });
    expect(error.cause).toBe(cause);
    expect(error.message).toBe('list pods in a: the server cannot be reached');
    expect(error.stack).toMatch(/^NetworkError: list pods in a/);
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'NetworkError',
      code: 'ERR_KUBE_NETWORK',
      message: error.message,
      request: { verb: 'list', resource: 'pods', namespace: 'a' },
      cause: { name: 'Error', code: 'ECONNREFUSED', message: cause.message },
    });
  });

  it('tells its facts as fields', () => {
    expect(new TimeoutError('no answer', { deadline: 'headers', timeoutMs: 30_000 })).toMatchObject({
      deadline: 'headers',
      timeoutMs: 30_000,
    });
    const decoding = new DecodingError('not JSON', { offset: 12 });
    expect([decoding.offset, decoding.message]).toEqual([12, 'not JSON (at byte 12)']);
    expect(new ApiError({ status: {} })).toMatchObject({ httpStatus: 500, message: '500' });
  });
});
