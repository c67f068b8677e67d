import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import type openapiModule from 'openapi-typescript';
import type tsModule from 'typescript';
import { CodegenError } from './api-source.js';

/** The packages that the generator works with: optional peers, which only those who generate need. */
export interface Tools {
  readonly ts: typeof tsModule;
  readonly openapiTS: typeof openapiModule;
  readonly UNKNOWN: tsModule.TypeNode;
}

const ADVICE =
  'Install them with: npm install --save-dev openapi-typescript typescript@5.9. ' +
  'Beside TypeScript 6 or 7, run: npx --package=openapi-typescript@7 --package=typescript@5.9 -- keelson generate';

/**
 * Loads openapi-typescript and the TypeScript 5 that it works with, which may be another one than the project's. They are looked for
 * beside this package, then where `npx --package` put them. Throws a `CodegenError` that says how to get them.
 */
export async function loadTools(): Promise<Tools> {
  const { module, from } = await openapiTypescript();
  const ts = typescriptFor(from);
  if (!ts.version.startsWith('5.')) {
    throw new CodegenError(
      `cannot generate types: openapi-typescript needs TypeScript 5, not ${ts.version}. ${ADVICE}`,
    );
  }
  return { ts, openapiTS: module.default, UNKNOWN: module.UNKNOWN };
}

async function openapiTypescript(): Promise<{ module: typeof import('openapi-typescript'); from: string }> {
  let cause: unknown;
  try {
    return { module: await import('openapi-typescript'), from: import.meta.url };
  } catch (error) {
    cause = error;
  }
  for (const folder of commandFolders()) {
    const from = join(folder, 'keelson.js');
    try {
      // The CommonJS form, whose TypeScript is loaded below in the same way.
      const module = createRequire(from)('openapi-typescript') as typeof import('openapi-typescript');
      return { module, from };
    } catch {
      // The next folder may have it.
    }
  }
  throw new CodegenError(`cannot generate types: the package openapi-typescript is not installed. ${ADVICE}`, {
    cause,
  });
}

/** Returns the folders of packages whose commands can be called: npx adds one for the packages that it was told of. */
function commandFolders(): string[] {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((entry) => /node_modules[/\\]\.bin$/.test(entry))
    .map((entry) => dirname(dirname(entry)));
}

/** Loads the TypeScript that openapi-typescript itself uses. */
function typescriptFor(from: string): typeof tsModule {
  try {
    const inner = createRequire(createRequire(from).resolve('openapi-typescript'));
    return inner('typescript') as typeof tsModule;
  } catch (cause) {
    throw new CodegenError(`cannot generate types: the package typescript is not installed. ${ADVICE}`, { cause });
  }
}
