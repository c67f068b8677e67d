import { type ApiSource, CodegenError } from './api-source.js';
import { factsFiles, type GeneratedFile } from './facts-files.js';
import { indexFile } from './index-module.js';
import type { ApiModel } from './model.js';
import { writeModule } from './module.js';
import { normalise } from './normalise.js';
import { typeNodes } from './type-nodes.js';

/** The options of the generator. */
export interface GenerateOptions {
  /** Where `ObjectMeta`, `Resource` and their like are imported from: a package, or a path seen from a group's folder. Default `keelson`. */
  metaModule?: string | undefined;
  /** Where built-in kinds are imported from that the source does not describe. Default `keelson/k8s`. */
  k8sModule?: string | undefined;
  /** If true, descriptions of kinds and fields in the source become doc comments. Default true. */
  descriptions?: boolean | undefined;
  /** If true, the normalised facts are written too, below `facts/`. Default false. */
  facts?: boolean | undefined;
}

/**
 * Generates TypeScript for an API: one module per group and version with an interface per schema and a descriptor per
 * kind, and `index.ts` with the newest stable version of every kind. The same source gives the same bytes.
 *
 * Throws a `CodegenError` where the source cannot be used or openapi-typescript or typescript is not installed.
 */
export async function generateFiles(source: ApiSource, options: GenerateOptions = {}): Promise<GeneratedFile[]> {
  try {
    return await filesOf(source, options);
  } catch (cause) {
    if (cause instanceof CodegenError) throw cause;
    // Documents come from anywhere, and not every misshapen field has words of its own.
    throw new CodegenError(`The API of ${JSON.stringify(source.title)} has a document that is no valid OpenAPI`, {
      cause,
    });
  }
}

async function filesOf(source: ApiSource, options: GenerateOptions): Promise<GeneratedFile[]> {
  const { metaModule = 'keelson', k8sModule = 'keelson/k8s', descriptions = true, facts = false } = options;
  const model: ApiModel = normalise(source);
  const types = await typeNodes(model);
  const modules = model.apis.map((api) => writeModule(model, api, types, { metaModule, k8sModule, descriptions }));
  const files = [...modules.map(({ file }) => file), indexFile(model, modules), ...(facts ? factsFiles(model) : [])];
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
