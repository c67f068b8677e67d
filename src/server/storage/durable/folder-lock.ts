import { randomBytes } from 'node:crypto';
import { link, open, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { reasonOf, StorageError } from '../storage-error.js';

/** A folder that no other process may open. */
export interface FolderLock {
  /** Lets another process open the folder. */
  release(): Promise<void>;
}

const lockName = /^lock\.(\d+)$/;
const ownerName = 'lock.pid';

/**
 * Locks a folder. Throws a `StorageError` if another process has locked it. The kernel releases the lock of a process that dies.
 *
 * Node.js has no file locks, so the lock is a listening socket in the folder, `lock.N`: it accepts connections while its process lives.
 * A process takes over from a dead one by creating `lock.N+1`, which only one process can, and removes the older ones afterwards.
 * The latest stays when it is released, so that numbers only rise.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  if (process.platform === 'win32') return lockPipe(folder);
  const directory = await open(folder, 'r');
  // A socket's path may have about 100 characters. This one leads to the folder whatever its name.
  const short = process.platform === 'linux' ? `/proc/self/fd/${directory.fd}` : folder;
  const temporary = `lock.${randomBytes(6).toString('hex')}.tmp`;
  let server: Server | undefined;
  try {
    server = await listenAt(join(short, temporary));
    await claim(folder, short, temporary);
    await writeFile(join(folder, ownerName), `${process.pid}\n`);
    const held = server;
    return {
      release: async () => {
        await closeServer(held);
        await directory.close();
      },
    };
  } catch (error) {
    if (server !== undefined) await closeServer(server);
    await directory.close();
    if (error instanceof StorageError) throw error;
    throw new StorageError(
      'FolderUnusable',
      `cannot lock the data folder ${folder}: ${reasonOf(error)}. Choose a folder on a local disk that this user may write.`,
      { cause: error },
    );
  } finally {
    await rm(join(folder, temporary), { force: true });
  }
}

/** Gives the listening socket `temporary` the next lock name. Throws if a process listens at the latest one. */
async function claim(folder: string, short: string, temporary: string): Promise<void> {
  for (;;) {
    const latest = Math.max(0, ...(await lockNumbers(folder)));
    if (latest > 0 && (await isListening(join(short, `lock.${latest}`)))) throw await inUse(folder);
    const name = `lock.${latest + 1}`;
    const linked = await link(join(folder, temporary), join(folder, name)).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return false;
        throw error;
      },
    );
    if (!linked) continue;
    const numbers = await lockNumbers(folder);
    // Another process may have taken a higher number and removed the one that this process saw.
    if (Math.max(...numbers) > latest + 1) {
      await rm(join(folder, name), { force: true });
      continue;
    }
    for (const number of numbers) if (number <= latest) await rm(join(folder, `lock.${number}`), { force: true });
    return;
  }
}

async function lockNumbers(folder: string): Promise<number[]> {
  return (await readdir(folder)).flatMap((name) => {
    const [, number] = lockName.exec(name) ?? [];
    return number === undefined ? [] : [Number(number)];
  });
}

async function inUse(folder: string): Promise<StorageError> {
  const pid = await readFile(join(folder, ownerName), 'utf8').catch(() => '');
  const owner = /^\d+\n$/.test(pid) ? `process ${pid.trim()}` : 'another process';
  return new StorageError(
    'FolderInUse',
    `cannot open the data folder ${folder}: ${owner} uses it. Stop that process, or choose another folder.`,
  );
}

async function lockPipe(folder: string): Promise<FolderLock> {
  const id = Buffer.from(await realpath(folder)).toString('base64url');
  const server = await listenAt(`\\\\.\\pipe\\keelson-${id}`).catch(async () => {
    throw await inUse(folder);
  });
  await writeFile(join(folder, ownerName), `${process.pid}\n`);
  return { release: () => closeServer(server) };
}

function listenAt(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(path, () => resolve(server));
    server.unref();
  });
}

/** Returns whether a process listens at a socket. A process that is too busy to accept still does. */
function isListening(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false);
      else if (error.code === 'EAGAIN') resolve(true);
      else reject(error);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
