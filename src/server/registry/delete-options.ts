import type { DeleteOptions } from '../../meta/index.js';
import { decodeUtf8 } from '../../util/bytes.js';
import { checkContentType, decodeBody } from '../http/body.js';
import { jsonSyntaxProblem } from '../http/json-syntax.js';
import { flag, integer } from '../http/list-options.js';
import { isObject } from '../patch/json-value.js';
import { badRequest, failure } from '../status-error.js';
import { type FieldError, invalidValue, notSupported } from '../validation/field-error.js';
import type { ResourceRequest } from './context.js';

/** What a deletion asks for, from its body or, without one, from its query. Throws 400 or 422. */
export async function readDeleteOptions(request: ResourceRequest): Promise<DeleteOptions & { dryRunAll: boolean }> {
  const { query, http } = request;
  let options: DeleteOptions;
  if ((http.body?.length ?? 0) > 0) {
    const problem =
      checkContentType(http) === 'json' ? jsonSyntaxProblem(decodeUtf8(http.body ?? new Uint8Array())) : undefined;
    if (problem !== undefined) throw badRequest(`couldn't get version/kind; json parse error: ${problem}`);
    const { value } = await decodeBody(http, 'DeleteOptions');
    options = isObject(value) ? (value as DeleteOptions) : {};
    const kind = options.kind ?? 'DeleteOptions';
    if (kind !== 'DeleteOptions') {
      const version = (options.apiVersion ?? 'v1').split('/').at(-1);
      throw badRequest(`converting (${version}.${kind}) to (v1.DeleteOptions): unknown conversion`);
    }
  } else {
    const propagationPolicy = query.get('propagationPolicy') ?? undefined;
    const dryRun = query.getAll('dryRun').filter((one) => one !== '');
    options = {
      gracePeriodSeconds: integer(query, 'gracePeriodSeconds'),
      orphanDependents: flag(query, 'orphanDependents'),
      propagationPolicy: propagationPolicy === '' ? undefined : propagationPolicy,
      dryRun,
    };
  }
  check(options);
  return { ...options, dryRunAll: (options.dryRun ?? []).length > 0 };
}

const policies = ['Background', 'Foreground', 'Orphan'];

function check(options: DeleteOptions): void {
  const errors: FieldError[] = [];
  const { propagationPolicy, orphanDependents, dryRun } = options;
  if (propagationPolicy !== undefined && propagationPolicy !== null) {
    if (orphanDependents !== undefined && orphanDependents !== null) {
      errors.push(
        invalidValue(
          'propagationPolicy',
          propagationPolicy,
          'orphanDependents and deletionPropagation cannot be both set',
        ),
      );
    } else if (!policies.includes(propagationPolicy)) {
      errors.push(notSupported('propagationPolicy', propagationPolicy, ['Foreground', 'Background', 'Orphan', 'nil']));
    }
  }
  if ((dryRun ?? []).some((value) => value !== 'All')) errors.push(notSupported('dryRun', dryRun, ['All']));
  if (errors.length === 0) return;
  const texts = errors.map((error) => `${error.field}: ${error.message}`);
  throw failure(
    422,
    'Invalid',
    `DeleteOptions.meta.k8s.io "" is invalid: ${texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`}`,
    {
      group: 'meta.k8s.io',
      kind: 'DeleteOptions',
      causes: errors.map(({ reason, message, field }) => ({ reason, message, field })),
    },
  );
}
