import { qualifiedNameProblems } from '../../meta/index.js';

const standard = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);
const field = 'metadata.finalizers';

/** Texts for Warning headers about finalizers that a write adds and that are likely to clash with those of others. */
export function finalizerWarnings(finalizers: readonly string[], old: readonly string[]): string[] {
  const added = [...new Set(finalizers)].filter((finalizer) => !old.includes(finalizer)).sort();
  return added.flatMap((finalizer) => {
    const at = `${field}: ${JSON.stringify(finalizer)}:`;
    const warnings = qualifiedNameProblems(finalizer).map((why) => `${at} ${why}`);
    if (!finalizer.includes('/') && !standard.has(finalizer)) {
      const path = finalizer.includes('.') ? ' including a path (/)' : '';
      const why = `prefer a domain-qualified finalizer name${path} to avoid accidental conflicts with other finalizer writers`;
      warnings.push(`${at} ${why}`);
    }
    return warnings;
  });
}
