import type { Status } from '../../meta/index.js';
import { fieldsOf, objectsOf, textOf } from '../../util/json-fields.js';
import { isObject } from '../../util/json-value.js';

/** The Status that ends a command over channels of version 5. */
export type CommandStatus = Omit<Status, 'apiVersion' | 'kind'>;

/** Returns the Status of a command that could not be run, or whose end is not known. */
export function failedCommand(why: string): CommandStatus {
  return {
    metadata: {},
    status: 'Failure',
    message: `Internal error occurred: ${why}`,
    reason: 'InternalError',
    details: { causes: [{ message: why }] },
    code: 500,
  };
}

/** Returns the Status that a kubelet's error stream stands for, in the words in which kube-apiserver passes it on. */
export function commandStatus(protocol: string, text: string): CommandStatus {
  const hasStatus = protocol.startsWith('v4.') || protocol.startsWith('v5.');
  if (!hasStatus) return text === '' ? succeeded : failedCommand(`error executing remote command: ${text}`);
  const status = parsed(text);
  if (status === undefined) {
    const shown = text === '' ? 'unexpected EOF' : `${JSON.stringify(text)} is not a Status`;
    return failedCommand(`error stream protocol error: ${shown}`);
  }
  if (status.status === 'Success') return succeeded;
  if (status.reason !== 'NonZeroExitCode') return failedCommand(textOf(status.message));
  const code = textOf(objectsOf(fieldsOf(status.details).causes).find(({ reason }) => reason === 'ExitCode')?.message);
  if (!/^\d{1,3}$/.test(code))
    return failedCommand(`error stream protocol error: invalid exit code value ${JSON.stringify(code)}`);
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: command terminated with exit code ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: code }] },
  };
}

const succeeded: CommandStatus = { metadata: {}, status: 'Success' };

function parsed(text: string): { readonly [field: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
