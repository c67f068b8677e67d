import { compareVersions, isStable } from './api-version.js';
import { folderOf, type GeneratedFile } from './facts-files.js';
import { HEADER } from './header.js';
import type { ApiModel } from './model.js';
import { isBuiltIn, type Module } from './module.js';

/**
 * The module that offers the newest stable version of every kind and of its helper types: all of each group's newest
 * stable version, and of older stable ones what the newer no longer has; of a group with a domain of its own that has no
 * stable version yet, its newest. Where groups use one name, the earlier group in
 * the order of discovery has it; core is first.
 */
export function indexFile(model: ApiModel, modules: readonly Module[]): GeneratedFile {
  const taken = new Set<string>();
  let text = HEADER;
  for (const { group } of model.index.groups) {
    const all = modules
      .filter(({ api }) => api.group === group)
      .sort((a, b) => compareVersions(a.api.version, b.api.version));
    const stable = all.filter(({ api }) => isStable(api.version));
    const chosen = stable.length === 0 && !isBuiltIn(group) ? all.slice(0, 1) : stable;
    for (const { api, types, values } of chosen) {
      const module = `./${folderOf(group)}/${api.version}.js`;
      const free = types.filter((name) => !taken.has(name));
      if (free.length === types.length) {
        if (free.length > 0) text += `export * from '${module}';\n`;
      } else if (free.length > 0) {
        const names = free.map((name) => (values.has(name) ? name : `type ${name}`));
        text += `export {\n${names.map((name) => `  ${name},\n`).join('')}} from '${module}';\n`;
      }
      for (const name of free) taken.add(name);
    }
  }
  return { path: 'index.ts', text };
}
