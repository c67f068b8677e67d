import { parseArgs } from 'node:util';
import { UsageError } from './usage-error.js';

export const help = `Usage: keelson snapshot save --data-dir DIR FILE
       keelson snapshot restore --data-dir DIR [--bump-revision N] FILE
       keelson snapshot status FILE

Backs up what 'keelson serve --data-dir' keeps.

  save     writes the objects of a data folder to a file; a server may use the folder meanwhile
  restore  creates a data folder from such a file
  status   checks such a file, and prints its revision and its number of keys

  --data-dir DIR       the data folder
  --bump-revision N    raise the revision of the restored store by N, so that clients that know later revisions than the
                       snapshot's list again (default 1000000000)
  --help               this text
`;

/** `keelson snapshot`: returns the exit status. Throws a `UsageError` for arguments that it does not know. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args);
  if (values.help === true) {
    process.stdout.write(help);
    return 0;
  }
  const [action, file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new UsageError(`name one action and one file\n\n${help}`);
  const snapshots = await import('../server/storage/durable/snapshot.js');
  switch (action) {
    case 'save': {
      const { revision, keys } = await snapshots.saveSnapshot(folderOf(values), file);
      process.stdout.write(`saved ${keys} keys at revision ${revision} to ${file}\n`);
      return 0;
    }
    case 'restore': {
      const folder = folderOf(values);
      const { revision, keys } = await snapshots.restoreSnapshot(file, folder, bump(values['bump-revision']));
      process.stdout.write(`restored ${keys} keys to ${folder}, which begins at revision ${revision}\n`);
      return 0;
    }
    case 'status': {
      const { revision, keys, bytes } = await snapshots.snapshotStatus(file);
      process.stdout.write(`revision ${revision}, ${keys} keys, ${bytes} bytes\n`);
      return 0;
    }
    default:
      throw new UsageError(`there is no action '${action}': it is save, restore or status`);
  }
}

const options = {
  'data-dir': { type: 'string' },
  'bump-revision': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function folderOf(values: { 'data-dir'?: string | undefined }): string {
  const folder = values['data-dir'];
  if (folder === undefined) throw new UsageError('--data-dir is missing: it names the data folder');
  return folder;
}

function bump(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,12}$/.test(text)) throw new UsageError(`--bump-revision takes a number from 0, not '${text}'`);
  return Number(text);
}
