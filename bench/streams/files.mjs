// Files to copy, and what tells two trees apart.
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const block = 2 ** 20;

/** Writes a file of random bytes. */
export async function makeFile(path, size) {
  const file = await open(path, 'w');
  const bytes = randomBytes(block);
  for (let at = 0; at < size; at += block) {
    bytes.writeUInt32LE(at / block, 0);
    await file.write(bytes.subarray(0, Math.min(block, size - at)));
  }
  await file.close();
}

/** Writes a tree of small files, 0 to 8 KiB each, a hundred to a folder. Returns the number of their bytes. */
export async function makeTree(path, files) {
  let total = 0;
  for (let index = 0; index < files; index++) {
    const folder = join(path, `folder-${Math.floor(index / 100)}`);
    if (index % 100 === 0) await mkdir(folder, { recursive: true });
    const bytes = randomBytes((index * 37) % 8192);
    total += bytes.length;
    await writeFile(join(folder, `file-${index}`), bytes, { mode: index % 2 === 0 ? 0o644 : 0o600 });
  }
  return total;
}

/** The SHA-256 of a file, or of a tree with its names, modes and contents. */
export async function digestOf(path) {
  const hash = createHash('sha256');
  const { mode } = await stat(path);
  hash.update(`${mode}`);
  if ((await stat(path)).isDirectory()) {
    for (const name of (await readdir(path)).sort()) hash.update(`${name} ${await digestOf(join(path, name))}\n`);
  } else if ((await stat(path)).size < 2 ** 20) hash.update(await readFile(path));
  else for await (const chunk of createReadStream(path, { highWaterMark: block })) hash.update(chunk);
  return hash.digest('hex');
}
