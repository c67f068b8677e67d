import { readFile, stat } from 'node:fs/promises';
import { type ApiSource, CodegenError } from './api-source.js';
import { fetchJsonFrom } from './fetch-json.js';
import { sourceFromCrds } from './from-crd.js';
import { sourceFromFolder } from './from-folder.js';
import { type FetchJson, sourceFromAny, sourceFromServer } from './from-server.js';

/** Where to read an API from: one of three. */
export type ApiInput =
  /**
   * A folder of OpenAPI v3 documents with discovery beside them, or one OpenAPI document (v2 or v3) as a JSON file. Or an http(s) URL of
   * such a document or of the index at `/openapi/v3`.
   */
  | { spec: string }
  /** A running server. */
  | { server: FetchJson }
  /** A file or a folder of CustomResourceDefinitions, YAML or JSON. */
  | { crd: string };

/** Reads an API. Throws a `CodegenError` that names what was read and what is wrong with it. */
export async function readInput(input: ApiInput, signal?: AbortSignal): Promise<ApiSource> {
  if ('server' in input) return sourceFromServer(input.server);
  const path = 'crd' in input ? input.crd : input.spec;
  if ('crd' in input) return existing(path, () => sourceFromCrds(path));
  if (/^https?:\/\//.test(path)) {
    const url = new URL(path);
    const fetchJson = fetchJsonFrom(url.origin, signal);
    return sourceFromAny(await fetchJson(`${url.pathname}${url.search}`, 'application/json'), path, fetchJson);
  }
  return existing(path, async () => {
    if ((await stat(path)).isDirectory()) return sourceFromFolder(path);
    return sourceFromAny(parse(await readFile(path, 'utf8'), path), path);
  });
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CodegenError(`Cannot read ${path} as JSON`, { cause });
  }
}

async function existing<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES')) {
      throw new CodegenError(`Cannot read ${path}: ${error.code === 'ENOENT' ? 'it is not there' : 'no permission'}`, {
        cause: error,
      });
    }
    throw error;
  }
}
