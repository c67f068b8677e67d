import { isObject } from '../../util/json-value.js';
import type { Stage } from './stage.js';
import { stageOf } from './stage-fields.js';

/**
 * Reads Stage files of kwok: YAML with any number of documents. Documents of other kinds are skipped. Throws an
 * `InvalidRequestError` for a stage with a field that would have no effect.
 */
export async function parseStages(text: string): Promise<Stage[]> {
  const { parseAllDocuments } = await import('yaml');
  return parseAllDocuments(text).flatMap((document) => {
    const value: unknown = document.toJS();
    return isObject(value) && value.kind === 'Stage' ? [stageOf(value)] : [];
  });
}
