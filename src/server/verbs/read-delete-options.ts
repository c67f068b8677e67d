import type { DeleteOptions } from '../../meta/index.js';
import { decodeUtf8 } from '../../util/bytes.js';
import { isObject } from '../../util/json-value.js';
import { jsonSyntaxProblem } from '../http/json-syntax.js';
import { flag, integer } from '../http/list-options.js';
import { checkContentType, decodeBody } from '../http/request-body.js';
import { type FieldError, invalidValue, notSupported } from '../object/field-error.js';
import type { ResourceRequest } from '../object/server-context.js';
import { badRequest, failure } from '../object/status-error.js';

/** Reads the options of a deletion, from its body or, without one, from its query. Throws a 400 or 422. */
export async function readDeleteOptions(request: ResourceRequest): Promise<DeleteOptions & { dryRunAll: boolean }> {
  const { query, http } = request;
  let options: DeleteOptions;
  if ((http.body?.length ?? 0) > 0) {
    const problem =
      checkContentType(http) === 'json' ? jsonSyntaxProblem(decodeUtf8(http.body ?? new Uint8Array())) : undefined;
    if (problem !== undefined) throw badRequest(`couldn't get version/kind; json parse error: ${problem}`);
    const { value } = await decodeBody(http, 'DeleteOptions');
    options = typed(value);
    const kind = options.kind || 'DeleteOptions';
    if (kind !== 'DeleteOptions') {
      throw badRequest(foreignKind(options.apiVersion || metaVersion, kind));
    }
  } else {
    const propagationPolicy = query.get('propagationPolicy') ?? undefined;
    const dryRun = query.getAll('dryRun').filter((one) => one !== '');
    options = {
      gracePeriodSeconds: integer(query, 'gracePeriodSeconds'),
      orphanDependents: flag(query, 'orphanDependents'),
      propagationPolicy,
      dryRun,
    };
  }
  checkDeleteOptions(options);
  return { ...options, dryRunAll: (options.dryRun ?? []).length > 0 };
}

const metaVersion = 'meta.k8s.io/v1';
const metaKinds = new Set(['Status', 'Table', 'PartialObjectMetadata', 'PartialObjectMetadataList']);

/** Tells why a body of another kind holds no options: only kinds of metadata are known where they are read. */
function foreignKind(apiVersion: string, kind: string): string {
  if (kind === 'Status' || (apiVersion === metaVersion && metaKinds.has(kind)))
    return `converting (${apiVersion.split('/').at(-1)}.${kind}) to (v1.DeleteOptions): unknown conversion`;
  const scheme = 'k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27';
  return `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "${scheme}"`;
}

/** The fields that decide, with the Go type that messages call each by. */
const types: { readonly [field: string]: readonly [type: string, fits: (value: unknown) => boolean] } = {
  gracePeriodSeconds: ['int64', Number.isSafeInteger],
  orphanDependents: ['bool', (value) => typeof value === 'boolean'],
  propagationPolicy: ['v1.DeletionPropagation', (value) => typeof value === 'string'],
  dryRun: ['[]string', (value) => Array.isArray(value) && value.every((one) => typeof one === 'string')],
  preconditions: ['v1.Preconditions', isObject],
};

/** A body as options. Throws 400 for a value that no field can have. */
function typed(value: unknown): DeleteOptions {
  const head =
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
  if (value === null) return {};
  if (!isObject(value)) {
    const why = `json: cannot unmarshal ${typeName(value)} into Go value of type ${head}`;
    throw badRequest(`couldn't get version/kind; json parse error: ${why}`);
  }
  for (const field of ['apiVersion', 'kind']) {
    const given = value[field];
    if (given === undefined || given === null || typeof given === 'string') continue;
    const why = `json: cannot unmarshal ${typeName(given)} into Go struct field .${field} of type string`;
    throw badRequest(`couldn't get version/kind; json parse error: ${why}`);
  }
  for (const [field, [type, fits]] of Object.entries(types)) {
    const given = value[field];
    if (given === undefined || given === null || fits(given)) continue;
    throw badRequest(
      `json: cannot unmarshal ${typeName(given)} into Go struct field DeleteOptions.${field} of type ${type}`,
    );
  }
  return value as DeleteOptions;
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : value === null ? 'null' : typeof value;
}

const policies = ['Background', 'Foreground', 'Orphan'];

/** Checks the options of a deletion. Throws the 422 Status about wrong ones. */
export function checkDeleteOptions(options: DeleteOptions): void {
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
