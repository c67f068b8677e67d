import { describe, expect, it } from 'vitest';
import { apiErrorFromResponse } from '../../src/errors/index.js';
import { FormatError, parseFieldSelector, parseLabelSelector } from '../../src/meta/index.js';
import { type RecordedStep, transcripts } from '../helpers/transcripts.js';

function steps(): (RecordedStep & { readonly from: string })[] {
  return transcripts().flatMap(({ name, steps }) => steps.map((step) => ({ ...step, from: name })));
}

describe('recorded answers', () => {
  it('every failure becomes an ApiError that holds the Status as it was', () => {
    let seen = 0;
    for (const { response, from } of steps()) {
      if (response === undefined || response.status < 400) continue;
      seen++;
      const { status, body } = response;
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const error = apiErrorFromResponse({ status, body: new TextEncoder().encode(text ?? '') });
      expect(error.httpStatus, from).toBe(status);
      if (typeof body === 'object') expect(error.status, from).toEqual(body);
      expect(error.message, from).toMatch(new RegExp(`^${status}`));
      if (status === 404) expect(error.isNotFound, from).toBe(true);
      if (status === 410) expect(error.isGone, from).toBe(true);
      if (status === 422) expect(error.isInvalid, from).toBe(true);
    }
    expect(seen).toBeGreaterThan(400);
  });

  it('every selector is read or refused as the server did, in its words', () => {
    let seen = 0;
    for (const { request, response, from } of steps()) {
      const query = new URL(`http://x${request?.path ?? '/'}`).searchParams;
      for (const [name, parse] of [
        ['labelSelector', parseLabelSelector],
        ['fieldSelector', parseFieldSelector],
      ] as const) {
        const text = query.get(name);
        if (text === null || response === undefined || text.includes('${')) continue;
        seen++;
        const said = typeof response.body === 'object' ? JSON.stringify(response.body) : '';
        try {
          parse(text);
          expect(said, `${from}: ${text}`).not.toMatch(/unable to parse requirement|, expected: |can't understand/);
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
          expect(said, `${from}: ${text}`).toContain(JSON.stringify(error.message).slice(1, -1));
        }
      }
    }
    expect(seen).toBeGreaterThan(30);
  });
});
