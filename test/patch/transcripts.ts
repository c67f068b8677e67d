import type { JsonObject } from '../../src/util/json-value.js';
import { type RecordedStep as Step, transcripts } from '../helpers/transcripts.js';

/** One request of a recorded conversation with its templates filled in, and the answer. */
export interface Exchange {
  /** `area/case #step`. */
  at: string;
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  contentType: string;
  body: unknown;
  status: number;
  answer: unknown;
}

/** Returns all recorded conversations, each as its exchanges in order. */
export function conversations(): { name: string; exchanges: Exchange[] }[] {
  return transcripts().map(({ name, vars, steps }) => {
    const known: JsonObject = { ...vars };
    const exchanges = flatten(steps).map((step, index) => exchange(step, known, `${name} #${index + 1}`));
    return { name, exchanges };
  });
}

function flatten(steps: readonly Step[]): Step[] {
  return steps.flatMap((step) => [step, ...flatten(step.during ?? [])]);
}

function exchange({ id, request, response }: Step, known: JsonObject, at: string): Exchange {
  const [path = '', query = ''] = String(fill(request.path, known)).split('?');
  const out = {
    at,
    method: request.method,
    path,
    query: new URLSearchParams(query),
    contentType: request.headers?.['content-type'] ?? 'application/json',
    body: request.rawBody === undefined ? fill(request.body, known) : fill(request.rawBody, known),
    status: response.status,
    answer: response.body,
  };
  if (id !== undefined) known[id] = response.body ?? response.events;
  return out;
}

/** Fills in `${u}`, `${step.path}` and whole bodies taken from earlier answers. */
function fill(value: unknown, known: JsonObject): unknown {
  if (typeof value === 'string') {
    const whole = /^\$\{([^}]+)\}$/.exec(value)?.[1];
    if (whole !== undefined) return lookUp(whole, known);
    return value.replace(/\$\{([^}]+)\}/g, (_, name: string) => String(lookUp(name, known)));
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, known));
  if (typeof value !== 'object' || value === null) return value;
  const object = value as JsonObject;
  if (Array.isArray(object.$repeat)) return String(object.$repeat[0]).repeat(Number(object.$repeat[1]));
  if (typeof object.$from === 'string') return overlay(lookUp(object.$from, known), fill(object.$merge, known));
  return Object.fromEntries(Object.entries(object).map(([key, part]) => [String(fill(key, known)), fill(part, known)]));
}

function overlay(base: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch === undefined ? base : patch;
  const out: JsonObject = { ...(base as JsonObject) };
  for (const [key, part] of Object.entries(patch)) {
    if (part === null) delete out[key];
    else out[key] = overlay(out[key], part);
  }
  return out;
}

function lookUp(path: string, known: JsonObject): unknown {
  return path.split('.').reduce<unknown>((at, key) => (at as JsonObject | undefined)?.[key], known);
}
