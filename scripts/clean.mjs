// A package is packed from a fresh build: what an older one left in dist would be published with it.
import { rm } from 'node:fs/promises';

await rm(new URL('../dist', import.meta.url), { recursive: true, force: true });
