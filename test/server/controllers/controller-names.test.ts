import { describe, expect, it } from 'vitest';
import { controllersOf } from '../../../src/server/controllers/controller-names.js';

describe('the list of controllers', () => {
  it('takes the names of both ages of kube-controller-manager', () => {
    expect([...controllersOf(['*', '-garbage-collector-controller'])]).not.toContain('garbagecollector');
    expect([...controllersOf(['namespace-controller'])]).toEqual(['namespace']);
    expect(() => controllersOf(['deployment'])).toThrow(
      /garbagecollector, namespace, pv-protection, pvc-protection, serviceaccount/,
    );
  });
});
