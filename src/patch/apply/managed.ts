import type { ManagedFieldsEntry, Time } from '../../meta/index.js';
import { isObject } from '../../util/json-value.js';
import type { Steps } from '../../util/steps.js';
import type { FieldSet } from './field-set.js';
import { decodeFieldsV1, encodeFieldsV1 } from './fields-v1.js';

/** The fields that one manager owns, in the terms of one version, and the operation by which it owns them. */
export interface Ownership {
  set: FieldSet;
  apiVersion: string;
  /** True for server-side apply, false for everything else. */
  applied: boolean;
}

/** The identity of a manager: appliers by name and subresource, updaters by version too. Equal managers share one entry. */
export interface ManagerIdentity {
  manager?: string | undefined;
  operation: 'Apply' | 'Update';
  apiVersion?: string | undefined;
  subresource?: string | undefined;
}

/** `metadata.managedFields` in memory. */
export class Managed {
  /** The ownership of each manager, by its `managerId`. */
  readonly owners = new Map<string, Ownership>();
  /** When each manager last changed something; absent for entries without a time. */
  readonly times = new Map<string, Time>();
}

/** The key of a manager: its identity as JSON, by which upstream also sorts managers in messages. */
export function managerId({ manager, operation, apiVersion, subresource }: ManagerIdentity): string {
  return JSON.stringify({
    manager: manager === '' ? undefined : manager,
    operation,
    apiVersion: operation === 'Apply' ? undefined : apiVersion,
    subresource: subresource === '' ? undefined : subresource,
  });
}

/** The identity behind a key. */
export function managerOf(id: string): ManagerIdentity {
  return JSON.parse(id) as ManagerIdentity;
}

/** Reads `metadata.managedFields`; absent is empty. Undefined if an entry makes no sense. */
export function* decodeManagedFields(entries: unknown): Steps<Managed | undefined> {
  const managed = new Managed();
  if (entries === undefined || entries === null) return managed;
  if (!Array.isArray(entries)) return undefined;
  for (const entry of entries) {
    if (!isObject(entry)) return undefined;
    const { manager, operation, apiVersion, subresource, fieldsType, fieldsV1, time } = entry;
    if (operation !== 'Apply' && operation !== 'Update') return undefined;
    if (typeof apiVersion !== 'string' || apiVersion === '' || fieldsType !== 'FieldsV1') return undefined;
    const id = managerId({ manager: textOf(manager), operation, apiVersion, subresource: textOf(subresource) });
    try {
      managed.owners.set(id, { set: decodeFieldsV1(fieldsV1 ?? {}), apiVersion, applied: operation === 'Apply' });
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
    if (typeof time === 'string') managed.times.set(id, time);
    yield;
  }
  return managed;
}

/** Writes `metadata.managedFields` in upstream's order: appliers first, then by time, name, version. Undefined if nobody owns anything. */
export function* encodeManagedFields(managed: Managed): Steps<ManagedFieldsEntry[] | undefined> {
  if (managed.owners.size === 0) return undefined;
  const entries: ManagedFieldsEntry[] = [];
  for (const [id, ownership] of managed.owners) {
    yield;
    entries.push(encodeEntry(id, ownership, managed.times.get(id)));
  }
  return entries.sort(byOrder);
}

function encodeEntry(id: string, ownership: Ownership, time: Time | undefined): ManagedFieldsEntry {
  const { manager, operation, subresource } = managerOf(id);
  return {
    ...(manager === undefined ? {} : { manager }),
    operation: ownership.applied ? 'Apply' : operation,
    apiVersion: ownership.apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: encodeFieldsV1(ownership.set),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

function byOrder(a: ManagedFieldsEntry, b: ManagedFieldsEntry): number {
  return (
    compareText(a.operation, b.operation) ||
    secondsOf(a.time) - secondsOf(b.time) ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

/** A time in whole seconds since 1970; 0 where there is none. */
export function secondsOf(time: Time | undefined): number {
  const ms = time === undefined ? 0 : Date.parse(time);
  return Number.isNaN(ms) ? 0 : Math.floor(ms / 1000);
}

function compareText(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
