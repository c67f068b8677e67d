// Puts the facts of the API into the compiled package as modules: bundlers carry modules, and leave files behind.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';

const facts = new URL('../generated/facts/', import.meta.url);

async function inline(folder, module, isWanted) {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.json') && isWanted(file));
  const texts = await Promise.all(
    files.sort().map(async (file) => [file, JSON.stringify(JSON.parse(await readFile(new URL(file, folder), 'utf8')))]),
  );
  const lines = texts.map(([file, text]) => `  [${JSON.stringify(file)}, ${singleQuoted(text)}],\n`);
  const code = `const texts = new Map([\n${lines.join('')}]);

export function factsText(path) {
  const text = texts.get(path);
  if (text === undefined) throw new Error(\`cannot read the facts of \${path}: the package has none\`);
  return text;
}
`;
  await writeFile(new URL(module, import.meta.url), code);
}

/** Returns a string literal. JSON is full of double quotes, so single ones need fewer escapes. */
function singleQuoted(text) {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

await inline(facts, '../dist/src/server/scheme/api-facts-text.js', (file) => !file.startsWith('wire'));
await inline(new URL('wire/', facts), '../dist/src/wire/protobuf/message-facts-text.js', () => true);
// Older builds left the files themselves here.
await rm(new URL('../dist/generated/facts/', import.meta.url), { recursive: true, force: true });
