/** The controllers this server can run. */
const known = ['namespace', 'serviceaccount'] as const;

/** The name of a controller. */
export type ControllerName = (typeof known)[number];

/**
 * The controllers a list in kube-controller-manager's words names: the first entry that is about a controller decides (`name`,
 * `-name`), then `*` or `-*`; an empty list names none, no list names all. Throws for a name nobody has.
 */
export function controllersOf(list: readonly string[] = ['*']): ReadonlySet<ControllerName> {
  for (const item of list) {
    const name = item.replace(/^-/, '');
    if (name !== '*' && !known.some((one) => one === name)) {
      throw new Error(`there is no controller '${name}': there are ${known.join(', ')}`);
    }
  }
  const star = list.includes('*') && !list.includes('-*');
  const wanted = (name: string): boolean => {
    const own = list.find((item) => item === name || item === `-${name}`);
    return own === undefined ? star : own === name;
  };
  return new Set(known.filter(wanted));
}
