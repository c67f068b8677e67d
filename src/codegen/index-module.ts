import { compareVersions, isStable } from '../meta/version-order.js';
import { folderOf, type GeneratedFile } from './facts-files.js';
import { HEADER } from './header.js';
import type { ApiModel } from './model.js';
import { isBuiltIn, type Module } from './module.js';

/**
 * The module that offers the newest stable version of every kind and of its helper types: all of each group's newest
 * stable version, and of older stable ones what the newer no longer has; of a group with a domain of its own that has no
 * stable version yet, its newest.
 *
 * Where two use one name, a kind has it before a helper type, and then the earlier group in the order of discovery, core
 * first. The other is imported from its version.
 */
export function indexFile(model: ApiModel, modules: readonly Module[]): GeneratedFile {
  const chosen = model.index.groups.flatMap(({ group }) => offered(group, modules));
  const owners = new Map<string, Module>();
  for (const module of chosen) for (const name of module.values) if (!owners.has(name)) owners.set(name, module);
  for (const module of chosen) for (const name of module.types) if (!owners.has(name)) owners.set(name, module);
  const named = exportedByName(chosen, owners);
  let text = HEADER;
  for (const module of chosen) {
    const path = `./${folderOf(module.api.group)}/${module.api.version}.js`;
    const own = module.types.filter((name) => owners.get(name) === module);
    if (own.length === 0) continue;
    if (named.has(module)) {
      const names = own.map((name) => `  ${module.values.has(name) ? name : `type ${name}`},\n`);
      text += `export {\n${names.join('')}} from '${path}';\n`;
    } else {
      text += `export * from '${path}';\n`;
    }
  }
  return { path: 'index.ts', text };
}

/** The modules of a group that have something to offer, newest first. */
function offered(group: string, modules: readonly Module[]): Module[] {
  const all = modules
    .filter(({ api }) => api.group === group)
    .sort((a, b) => compareVersions(a.api.version, b.api.version));
  const stable = all.filter(({ api }) => isStable(api.version));
  return stable.length === 0 && !isBuiltIn(group) ? all.slice(0, 1) : stable;
}

/**
 * Returns the modules whose exports are written out by name. A name that is written out wins over the same name behind a star. Of two
 * modules that share a name it is therefore enough to write out one: the one that owns the name if it comes later, else the other one.
 */
function exportedByName(modules: readonly Module[], owners: ReadonlyMap<string, Module>): Set<Module> {
  const named = new Set<Module>();
  modules.forEach((module, at) => {
    for (const name of module.types) {
      const owner = owners.get(name) ?? module;
      if (owner !== module) named.add(modules.indexOf(owner) > at ? owner : module);
    }
  });
  return named;
}
