import type { ApiModel } from './model.js';

/** A file the generator made: its path below the output folder, with `/`, and its text. */
export interface GeneratedFile {
  path: string;
  text: string;
}

/** The facts as JSON files below `facts/`: one per group and version, `meta.json` for what all share, and `index.json`. */
export function factsFiles(model: ApiModel): GeneratedFile[] {
  const { index, meta, apis } = model;
  return [
    {
      path: 'facts/index.json',
      text: lines({ title: index.title, version: index.version, groups: index.groups, plumbing: index.plumbing }),
    },
    { path: 'facts/meta.json', text: lines({ package: meta.package, schemas: meta.schemas }) },
    ...apis.map((api) => ({
      path: `facts/${folderOf(api.group)}/${api.version}.json`,
      text: lines({
        group: api.group,
        version: api.version,
        package: api.package,
        resources: api.resources,
        paths: api.paths,
        schemas: api.schemas,
      }),
    })),
  ];
}

/** The folder of a group: its name, and `core` for the one that has none. */
export function folderOf(group: string): string {
  return group === '' ? 'core' : group;
}

/** JSON with one line per entry of each top-level list or map: compact, and a diff says what changed. */
function lines(value: { [key: string]: unknown }): string {
  const fields = Object.entries(value).map(([key, field]) => `${JSON.stringify(key)}:${entries(field)}`);
  return `{\n${fields.join(',\n')}\n}\n`;
}

function entries(field: unknown): string {
  if (typeof field !== 'object' || field === null) return JSON.stringify(field);
  const [open, close] = Array.isArray(field) ? '[]' : '{}';
  const items = Array.isArray(field)
    ? field.map((item) => JSON.stringify(item))
    : Object.entries(field).map(([key, item]) => `${JSON.stringify(key)}:${JSON.stringify(item)}`);
  return items.length === 0 ? `${open}${close}` : `${open}\n${items.join(',\n')}\n${close}`;
}
