import type { GeneratedFile } from './facts-files.js';
import { type GenerateOptions, generateFiles } from './generate-files.js';
import { type ApiInput, readInput } from './input.js';

export { CodegenError } from './api-source.js';
export type { GeneratedFile } from './facts-files.js';
export type { FetchJson } from './from-server.js';
export type { GenerateOptions } from './generate-files.js';
export type { ApiInput } from './input.js';

/**
 * Reads an API and generates TypeScript for it: one module per group and version with an interface per schema and a
 * descriptor per kind, and `index.ts` with the newest version of every kind. Nothing is written: the files are handed
 * back, sorted by path. The same input gives the same bytes.
 *
 * Needs the packages openapi-typescript and typescript. Throws a `CodegenError` where one is missing or where the input
 * cannot be read; the message says what to do.
 */
export async function generate(
  options: GenerateOptions & { input: ApiInput; signal?: AbortSignal | undefined },
): Promise<GeneratedFile[]> {
  return generateFiles(await readInput(options.input, options.signal), options);
}
