// Runs one benchmark by its name: `node bench/run.mjs informer --n 1000`. Each says at its head what it measures.
import { readdirSync } from 'node:fs';

const here = new URL('.', import.meta.url);
const names = readdirSync(here)
  .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
  .map((file) => file.slice(0, -4));
const [name] = process.argv.splice(2, 1);
if (!names.includes(name)) {
  console.error(`Which benchmark? There are: ${names.join(', ')}`);
  process.exit(2);
}
await import(new URL(`${name}.mjs`, here));
