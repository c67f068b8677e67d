import type { ContainerSecurity } from '../runtime/container-security.js';

/**
 * Returns the command that runs another one with an identity and limits: that of `setpriv`, or the command itself where nothing is
 * restricted.
 */
export function restrictedCommand(
  setpriv: string | undefined,
  { user, group, groups, noNewPrivileges }: ContainerSecurity,
  command: readonly string[],
): readonly string[] {
  if (setpriv === undefined) return command;
  const changesUser = process.getuid?.() === 0 && (user !== undefined || group !== undefined || groups.length > 0);
  const identity = changesUser
    ? [
        `--reuid=${user ?? 0}`,
        `--regid=${group ?? 0}`,
        groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`,
      ]
    : [];
  const options = [...identity, ...(noNewPrivileges ? ['--no-new-privs'] : [])];
  return options.length === 0 ? command : [setpriv, ...options, '--', ...command];
}
