// TypeDoc names modules after their files; the site names them as users import them.
import { readFile } from 'node:fs/promises';
import { Converter, ReflectionKind } from 'typedoc';

const { name: own, exports } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));

/** `src/server/index.ts` is `keelson/server`, `generated/apps/v1.ts` is `keelson/k8s/apps/v1`. */
function specifierOf(file) {
  for (const [key, target] of Object.entries(exports)) {
    const [before, after] = (target.types ?? '')
      .replace('./dist/', '')
      .replace(/\.d\.ts$/, '.ts')
      .split('*');
    if (after === undefined ? file !== before : !file.startsWith(before) || !file.endsWith(after)) continue;
    return (own + key.slice(1)).replace('*', () => file.slice(before.length, -after.length));
  }
  return undefined;
}

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    for (const module of context.project.getReflectionsByKind(ReflectionKind.Module)) {
      const file = context.project.getSymbolIdFromReflection(module)?.fileName;
      const root = new URL('..', import.meta.url).pathname;
      if (file?.startsWith(root)) module.name = specifierOf(file.slice(root.length)) ?? module.name;
    }
  });
}
