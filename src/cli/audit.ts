import type { AuditOptions } from '../server/audit/policy-auditor.js';
import { readText } from '../server/read-text.js';
import { systemClock } from '../util/clock.js';
import { UsageError } from './usage-error.js';

/** The values of the `--audit-…` flags. */
export interface AuditFlags {
  readonly policyFile: string | undefined;
  readonly path: string | undefined;
  readonly format: string | undefined;
  readonly maxSizeMib: number | undefined;
  readonly maxBackups: number | undefined;
  readonly maxAgeDays: number | undefined;
}

/** The options of an audited server, undefined where nothing is recorded, and the end of its log. */
export interface CliAudit {
  readonly options: AuditOptions | undefined;
  close(): Promise<void>;
}

/** Reads the policy and opens the log. Warns of flags that have no effect without each other. */
export async function auditOf(flags: AuditFlags): Promise<CliAudit> {
  const { policyFile, path } = flags;
  const off: CliAudit = { options: undefined, close: async () => {} };
  if (policyFile === undefined || path === undefined) {
    if (path !== undefined) warn('--audit-log-path has no effect without --audit-policy-file');
    if (policyFile !== undefined) warn('--audit-policy-file has no effect without --audit-log-path');
    return off;
  }
  const [{ readAuditPolicy }, { auditLogFile, auditLogFormats, auditLogStream }] = await Promise.all([
    import('../server/audit/policy-file.js'),
    import('../server/audit/audit-log-file.js'),
  ]);
  const format = auditLogFormats.find((one) => one === (flags.format ?? 'json'));
  if (format === undefined)
    throw new UsageError(`--audit-log-format takes ${auditLogFormats.join(' or ')}, not '${flags.format}'`);
  const { policy, warnings } = await readAuditPolicy(await readText(policyFile, '--audit-policy-file'), policyFile);
  for (const warning of warnings) warn(warning);
  const onError = (error: unknown): void => warn(`cannot write the audit log ${path}: ${messageOf(error)}`);
  if (path === '-') {
    const sink = auditLogStream((line) => void process.stdout.write(line), format);
    return { options: { policy, sink, onError }, close: off.close };
  }
  try {
    const log = await auditLogFile({ ...flags, path, format }, systemClock);
    return { options: { policy, sink: log, onError }, close: () => log.close() };
  } catch (error) {
    throw new Error(`cannot open --audit-log-path ${path}: ${messageOf(error)}`);
  }
}

function warn(text: string): void {
  process.stderr.write(`Warning: ${text}\n`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
