import { parseTime } from '../go-text/go-time.js';
import { flag } from '../http/list-options.js';
import { badRequest } from '../object/status-error.js';

/** The options of exec and attach. */
export interface CommandOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
  readonly container: string;
  /** Empty for attach. */
  readonly command: readonly string[];
}

/** The options of a log. */
export interface LogOptions {
  readonly container: string;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly insecureSkipTLSVerifyBackend: boolean;
  readonly sinceSeconds: bigint | undefined;
  /** In UTC. */
  readonly sinceTime: string | undefined;
  readonly tailLines: bigint | undefined;
  readonly limitBytes: bigint | undefined;
  readonly stream: string | undefined;
}

/** Reads the query of exec or attach. */
export function commandOptions(query: URLSearchParams): CommandOptions {
  const is = (name: string): boolean => flag(query, name) ?? false;
  return {
    stdin: is('stdin'),
    stdout: is('stdout'),
    stderr: is('stderr'),
    tty: is('tty'),
    container: query.get('container') ?? '',
    command: query.getAll('command'),
  };
}

/** Reads the ports of portforward. Throws the 400 Status for other than numbers of 16 bits. */
export function forwardedPorts(query: URLSearchParams): number[] {
  return query.getAll('ports').flatMap((list) =>
    list.split(',').map((text) => {
      const isNumber = /^\d+$/.test(text);
      if (isNumber && BigInt(text) <= 65_535n) return Number(text);
      const why = isNumber ? 'value out of range' : 'invalid syntax';
      throw badRequest(`cannot convert to []int32: strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`);
    }),
  );
}

/** Reads the query of a log. Throws the 400 Status for numbers and times that are none. */
export function logOptions(query: URLSearchParams): LogOptions {
  const sinceSeconds = integerIn(query, 'sinceSeconds');
  const sinceTime = timeIn(query, 'sinceTime');
  return {
    container: query.get('container') ?? '',
    follow: flag(query, 'follow') ?? false,
    previous: flag(query, 'previous') ?? false,
    timestamps: flag(query, 'timestamps') ?? false,
    insecureSkipTLSVerifyBackend: flag(query, 'insecureSkipTLSVerifyBackend') ?? false,
    sinceSeconds,
    sinceTime,
    tailLines: integerIn(query, 'tailLines'),
    limitBytes: integerIn(query, 'limitBytes'),
    stream: query.get('stream') ?? undefined,
  };
}

function integerIn(query: URLSearchParams, name: string): bigint | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const fault = (why: string) => badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${why}`);
  if (!/^[+-]?\d+$/.test(text)) throw fault('invalid syntax');
  const value = BigInt(text.replace('+', ''));
  if (value !== BigInt.asIntN(64, value)) throw fault('value out of range');
  return value;
}

/** An empty time is Go's zero time. */
function timeIn(query: URLSearchParams, name: string): string | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (text === '' || text === 'null') return '0001-01-01T00:00:00Z';
  try {
    return parseTime(text);
  } catch (error) {
    throw badRequest(error instanceof Error ? error.message : String(error));
  }
}
