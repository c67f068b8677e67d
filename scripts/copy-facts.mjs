// The compiler leaves JSON alone: the facts have to be carried to where the compiled server looks for them.
import { cp, rm } from 'node:fs/promises';

const from = new URL('../generated/facts', import.meta.url);
const to = new URL('../dist/generated/facts', import.meta.url);

await rm(to, { recursive: true, force: true });
await cp(from, to, { recursive: true });
