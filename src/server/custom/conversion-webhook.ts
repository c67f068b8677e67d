import { fieldsOf, listOf, textOf } from '../../util/json-fields.js';
import { copy, isObject, type JsonObject } from '../../util/json-value.js';
import type { FieldError } from '../object/field-error.js';
import type { ServerContext } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { internal } from '../object/status-error.js';
import { newUid } from '../object/system-fields.js';
import { callWebhook } from '../outbound/webhook-client.js';
import { annotationProblems, labelProblems } from '../validation/meta-problems.js';

/** The time limit of a conversion: kube-apiserver's bound. */
const timeoutSeconds = 30;
const maxAnswerBytes = 256 * 1024 * 1024;

/** The webhook that turns the objects of a definition from one version into another. */
export class ConversionWebhook {
  readonly #clientConfig: JsonObject;
  readonly #reviewVersion: string | undefined;

  /** `conversion` is `spec.conversion.webhook` of the definition. */
  constructor(
    private readonly server: ServerContext,
    conversion: JsonObject,
  ) {
    this.#clientConfig = fieldsOf(conversion.clientConfig);
    this.#reviewVersion = listOf(conversion.conversionReviewVersions)
      .map(textOf)
      .find((version) => version === 'v1' || version === 'v1beta1');
  }

  /**
   * The objects in the version `apiVersion`, all of which have to be in another, in one call. Metadata other than labels and annotations stays as it
   * was, whatever the webhook says. Throws the 500 Status, in kube-apiserver's words, of a webhook that cannot be asked or gives something else.
   */
  async convert(objects: readonly ServerObject[], apiVersion: string): Promise<ServerObject[]> {
    const [first] = objects;
    if (first === undefined) return [];
    if (this.#reviewVersion === undefined) throw internal('no supported conversion review versions');
    const subject = `conversion webhook for ${typeOf(first)}`;
    const uid = newUid(this.server.random);
    let converted: unknown[];
    try {
      converted = await this.#ask(objects, apiVersion, uid, this.#reviewVersion);
    } catch (error) {
      throw internal(`${subject} failed: ${error instanceof Error ? error.message : 'unknown'}`);
    }
    if (converted.length !== objects.length)
      throw internal(`${subject} returned ${converted.length} objects, expected ${objects.length}`);
    return objects.map((original, index) => {
      const made = fieldsOf(converted[index]);
      const problem = versionProblem(original, made, apiVersion);
      if (problem !== undefined)
        throw internal(`${subject} returned invalid converted object at index ${index}: ${problem}`);
      return withMetadataOf(original, made, (why) =>
        internal(`${subject} returned invalid metadata in object at index ${index}: ${why}`),
      );
    });
  }

  async #ask(objects: readonly ServerObject[], apiVersion: string, uid: string, version: string): Promise<unknown[]> {
    const group = `apiextensions.k8s.io/${version}`;
    const review = {
      kind: 'ConversionReview',
      apiVersion: group,
      request: { uid, desiredAPIVersion: apiVersion, objects },
    };
    const answer = await callWebhook(this.server, {
      clientConfig: this.#clientConfig,
      review,
      timeoutSeconds,
      maxBytes: maxAnswerBytes,
    });
    const isStrict = version === 'v1';
    if (isStrict && (answer.apiVersion !== group || answer.kind !== 'ConversionReview')) {
      const got = `${textOf(answer.apiVersion) || '/'}, Kind=${textOf(answer.kind)}`;
      throw new Error(`expected webhook response of ${group}, Kind=ConversionReview, got ${got}`);
    }
    if (!isObject(answer.response)) throw new Error('no response provided');
    const { uid: given, result, convertedObjects } = answer.response;
    if (isStrict && given !== uid)
      throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(textOf(given))}`);
    const { status, message } = fieldsOf(result);
    if (status !== 'Success')
      throw new Error(textOf(message) || `response.result.status was '${textOf(status)}', not 'Success'`);
    return listOf(convertedObjects);
  }
}

/** `example.com/v1, Kind=Website`, as Go writes a kind. */
function typeOf({ apiVersion = '', kind = '' }: ServerObject): string {
  return `${apiVersion}, Kind=${kind}`;
}

function versionProblem(original: ServerObject, made: JsonObject, apiVersion: string): string | undefined {
  const [version, kind] = [textOf(made.apiVersion), textOf(made.kind)];
  if (version !== apiVersion) return `invalid groupVersion (expected ${apiVersion}, received ${version || '/'})`;
  if (kind !== original.kind) return `invalid kind (expected ${original.kind}, received ${kind})`;
  const meta = fieldsOf(made.metadata);
  for (const [field, name] of [
    ['name', 'name'],
    ['namespace', 'namespace'],
    ['uid', 'UID'],
  ] as const) {
    const [expected, got] = [original.metadata[field] ?? '', textOf(meta[field])];
    if (expected !== got) return `must have the same ${name}: ${expected} != ${got}`;
  }
  return undefined;
}

/** The converted object with the metadata it had: of the webhook's only labels and annotations count. */
function withMetadataOf(original: ServerObject, made: JsonObject, fail: (why: string) => Error): ServerObject {
  if (!isObject(made.metadata)) throw fail('missing metadata in converted object');
  const metadata = copy(original.metadata);
  for (const field of ['labels', 'annotations'] as const) {
    const given = made.metadata[field];
    if (given === undefined || given === null) {
      delete metadata[field];
      continue;
    }
    if (!isObject(given)) throw fail(`invalid metadata.${field} of type ${typeof given} in converted object`);
    const odd = Object.entries(given).find(([, value]) => typeof value !== 'string');
    if (odd !== undefined)
      throw fail(`metadata.${field}[${odd[0]}] must be a string, but is ${typeof odd[1]} in converted object`);
    const texts = given as { [key: string]: string };
    const errors = field === 'labels' ? labelProblems(texts, 'metadata.labels') : annotationErrors(texts);
    if (errors.length > 0) throw fail(errors.map((error) => `${error.field}: ${error.message}`).join(', '));
    metadata[field] = texts;
  }
  return { ...made, metadata };
}

function annotationErrors(annotations: { [key: string]: string }): FieldError[] {
  return annotationProblems(annotations, 'metadata.annotation');
}
