import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Paths of a certificate and its key, PEM. */
export interface PemFiles {
  readonly cert: string;
  readonly key: string;
}

/** Reports whether openssl is installed, to make certificates. */
export async function hasOpenssl(): Promise<boolean> {
  return run('openssl', ['version']).then(
    () => true,
    () => false,
  );
}

/** An authority made by openssl, in a folder. */
export class OpensslAuthority {
  private constructor(
    readonly folder: string,
    readonly files: PemFiles,
  ) {}

  static async make(folder: string, name: string): Promise<OpensslAuthority> {
    const files = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
    await run('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', `/CN=${name}`, '-keyout', files.key, '-out', files.cert],
    ]);
    return new OpensslAuthority(folder, files);
  }

  /** Signs a certificate. `dates`: the beginning and end of its life, `YYYYMMDDHHMMSSZ`; default: a day from now. */
  async issue(
    name: string,
    subject: string,
    options: { readonly san?: string; readonly use: 'serverAuth' | 'clientAuth'; readonly expired?: boolean },
  ): Promise<PemFiles> {
    const base = join(this.folder, name);
    const files = { cert: `${base}.crt`, key: `${base}.key` };
    const extensions = [
      `extendedKeyUsage=${options.use}`,
      ...(options.san === undefined ? [] : [`subjectAltName=${options.san}`]),
    ];
    await writeFile(`${base}.ext`, `${extensions.join('\n')}\n`);
    await run('openssl', [
      ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', subject],
      ...['-keyout', files.key, '-out', `${base}.csr`],
    ]);
    await run('openssl', [
      ...['x509', '-req', '-in', `${base}.csr`, '-CA', this.files.cert, '-CAkey', this.files.key, '-CAcreateserial'],
      ...['-days', options.expired === true ? '-1' : '1', '-extfile', `${base}.ext`, '-out', files.cert],
    ]);
    return files;
  }
}
