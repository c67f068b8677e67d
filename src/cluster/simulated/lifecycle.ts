import { InvalidRequestError } from '../../errors/index.js';
import { durationToMs, FormatError, type Labels, parseTime } from '../../meta/index.js';
import type { Random } from '../../util/random.js';
import { compileJsonQuery, type JsonQuery } from './json-query.js';
import type { Stage, StageExpression, StageStep, StageValueFrom } from './stage.js';

/** An object as stages look at it. */
export interface StageSubject {
  readonly metadata?: { readonly labels?: Labels | undefined; readonly annotations?: Labels | undefined } | undefined;
}

/** A stage, ready to be matched. */
export interface CompiledStage {
  readonly name: string;
  readonly steps: readonly StageStep[];
  readonly immediateNextStage: boolean;
  matches(object: StageSubject): boolean;
  /** Returns the weight, or undefined if the object holds none that can be read. */
  weight(object: StageSubject): number | undefined;
  /** Returns how long an object waits before the stage, in milliseconds. */
  delayMs(object: StageSubject, now: number, random: Random): number;
}

/** Compiles a stage. Throws an `InvalidRequestError` for expressions that cannot be read. */
export function compileStage({ metadata, spec }: Stage): CompiledStage {
  const { selector, delay, weight = 0, weightFrom } = spec;
  const tests = (selector?.matchExpressions ?? []).map((expression) => compileExpression(expression, metadata.name));
  const weightQuery = queryOf(weightFrom);
  const [duration, jitter] = [durationOf(delay?.durationFrom), durationOf(delay?.jitterDurationFrom)];
  const hasJitter = delay?.jitterDurationMilliseconds !== undefined || delay?.jitterDurationFrom !== undefined;
  return {
    name: metadata.name,
    steps: stepsOf(spec),
    immediateNextStage: spec.immediateNextStage ?? false,
    matches: (object) =>
      selector !== undefined &&
      includes(object.metadata?.labels, selector.matchLabels) &&
      includes(object.metadata?.annotations, selector.matchAnnotations) &&
      tests.every((test) => test(object)),
    weight(object) {
      const [found] = weightQuery?.(object) ?? [];
      if (found === undefined || found === null) return weight;
      const read =
        typeof found === 'number' || (typeof found === 'string' && /^-?\d+$/.test(found)) ? Number(found) : Number.NaN;
      return Number.isNaN(read) ? undefined : read;
    },
    delayMs(object, now, random) {
      const least = duration(object, now) ?? delay?.durationMilliseconds ?? 0;
      const most = hasJitter ? (jitter(object, now) ?? delay?.jitterDurationMilliseconds) : undefined;
      if (most === undefined) return Math.max(0, least);
      return Math.max(0, most < least ? most : least + random() * (most - least));
    },
  };
}

/** Chooses the stage that an object enters next: one of those that match, drawn by weight. */
export function nextStage(
  stages: readonly CompiledStage[],
  object: StageSubject,
  random: Random,
): CompiledStage | undefined {
  const matching = stages.filter((stage) => stage.matches(object));
  if (matching.length < 2) return matching[0];
  const weighed = matching.map((stage) => ({ stage, weight: stage.weight(object) }));
  const known = weighed.filter(({ weight }) => weight !== undefined);
  const total = known.reduce((sum, { weight = 0 }) => sum + Math.max(0, weight), 0);
  if (total === 0) {
    const candidates = known.length === 0 ? weighed : known;
    return candidates[Math.floor(random() * candidates.length)]?.stage;
  }
  let left = random() * total;
  for (const { stage, weight = 0 } of known) {
    left -= Math.max(0, weight);
    if (left < 0) return stage;
  }
  return matching.at(-1);
}

function stepsOf({ steps, next }: Stage['spec']): readonly StageStep[] {
  if (steps !== undefined) return steps;
  if (next === undefined) return [];
  const { event, finalizers, patches = [], statusTemplate, statusSubresource = 'status' } = next;
  const status =
    patches.length > 0 || statusTemplate === undefined
      ? patches
      : [{ subresource: statusSubresource, root: 'status', template: statusTemplate }];
  return [
    ...(event === undefined ? [] : [{ event }]),
    ...(finalizers === undefined ? [] : [{ finalizers }]),
    ...status.map((patch) => ({ patch })),
    ...(next.delete === true ? [{ delete: true }] : []),
  ];
}

function includes(have: Labels | undefined, want: Labels | undefined): boolean {
  return Object.entries(want ?? {}).every(
    ([key, value]) => have !== undefined && Object.hasOwn(have, key) && have[key] === value,
  );
}

function compileExpression(expression: StageExpression, stage: string): (object: StageSubject) => boolean {
  const { key, operator, values = [] } = expression.jq ?? expression;
  if (key === undefined) throw new InvalidRequestError(`cannot use the stage ${stage}: an expression has no key`);
  const query = compileJsonQuery(key);
  const has = (object: StageSubject) =>
    query(object).some(
      (value) => ['string', 'number', 'boolean'].includes(typeof value) && values.includes(String(value)),
    );
  const exists = (object: StageSubject) => query(object).some((value) => value !== null && value !== undefined);
  switch (operator) {
    case 'In':
      return has;
    case 'NotIn':
      return (object) => !has(object);
    case 'Exists':
      return exists;
    case 'DoesNotExist':
      return (object) => !exists(object);
    default:
      throw new InvalidRequestError(`cannot use the stage ${stage}: the operator ${String(operator)} is not supported`);
  }
}

function queryOf(from: StageValueFrom | undefined): JsonQuery | undefined {
  const text = from?.jq?.expression ?? from?.expressionFrom;
  return text === undefined ? undefined : compileJsonQuery(text);
}

/** Returns a function that reads a delay from an object: a duration such as `1s`, or a time to wait for. */
function durationOf(from: StageValueFrom | undefined): (object: StageSubject, now: number) => number | undefined {
  const query = queryOf(from);
  return (object, now) => {
    const [found] = query?.(object) ?? [];
    if (typeof found !== 'string' || found === '') return undefined;
    try {
      return /^\d{4}-/.test(found) ? parseTime(found) - now : durationToMs(found);
    } catch (error) {
      if (error instanceof FormatError) return undefined;
      throw error;
    }
  };
}
