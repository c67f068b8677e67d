import { managerName } from '../../patch/index.js';
import { goQuote } from '../../util/go-quote.js';
import { header, type ServerRequest } from '../object/message.js';
import { failure } from '../object/status-error.js';
import { flag } from './list-options.js';

/** The options of a write in its query. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore';
  /** `fieldManager`, or what the user agent says up to its first `/`. */
  readonly manager: string;
  /** True if the request has a `fieldManager`. */
  readonly managerGiven: boolean;
  /** For apply: take conflicting fields. */
  readonly force: boolean | undefined;
}

/** Reads and checks the query. `kind` is the options kind that refusals name: `CreateOptions`, `UpdateOptions`, `PatchOptions`. */
export function parseWriteOptions(request: ServerRequest, query: URLSearchParams, kind: string): WriteOptions {
  const problems: { field: string; reason: string; message: string }[] = [];
  const dryRun = query.getAll('dryRun');
  if (dryRun.some((value) => value !== 'All')) {
    problems.push(unsupported('dryRun', JSON.stringify(dryRun), ['All']));
  }
  const fieldValidation = query.get('fieldValidation') ?? '';
  if (!['', 'Ignore', 'Strict', 'Warn'].includes(fieldValidation)) {
    problems.push(unsupported('fieldValidation', JSON.stringify(fieldValidation), ['', 'Ignore', 'Strict', 'Warn']));
  }
  const fieldManager = query.get('fieldManager') ?? '';
  if (fieldManager.length > 128) {
    problems.push({
      field: 'fieldManager',
      reason: 'FieldValueTooLong',
      message: 'Too long: may not be more than 128 bytes',
    });
  }
  problems.push(...unprintable(fieldManager));
  if (problems.length > 0) {
    const texts = problems.map((problem) => `${problem.field}: ${problem.message}`);
    const text = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
    throw failure(422, 'Invalid', `${kind}.meta.k8s.io "" is invalid: ${text}`, {
      group: 'meta.k8s.io',
      kind,
      causes: problems.map(({ field, reason, message }) => ({ reason, message, field })),
    });
  }
  const agent = header(request, 'user-agent');
  return {
    dryRun: dryRun.length > 0,
    fieldValidation: fieldValidation === '' ? 'Warn' : (fieldValidation as WriteOptions['fieldValidation']),
    manager: managerName(fieldManager, agent),
    managerGiven: fieldManager !== '',
    force: flag(query, 'force'),
  };
}

/** Returns a problem for each character that cannot be printed. */
function unprintable(manager: string): { field: string; reason: string; message: string }[] {
  let at = 0;
  return [...manager].flatMap((character) => {
    const place = at;
    at += Buffer.byteLength(character);
    if (/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character)) return [];
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const message = `Invalid value: ${goQuote(manager)}: invalid character U+${code} (at position ${place})`;
    return [{ field: 'fieldManager', reason: 'FieldValueInvalid', message }];
  });
}

function unsupported(
  field: string,
  value: string,
  supported: readonly string[],
): { field: string; reason: string; message: string } {
  const listed = supported.map((one) => JSON.stringify(one)).join(', ');
  return {
    field,
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${value}: supported values: ${listed}`,
  };
}
