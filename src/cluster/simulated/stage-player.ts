import { jsonPatch, mergePatch, type Patch, strategicMergePatch } from '../../client/index.js';
import { InvalidRequestError, isApiError, isNotFound } from '../../errors/index.js';
import { formatKey, isNewer, type Labels } from '../../meta/index.js';
import type { Clock, Timer } from '../../util/clock.js';
import { isObject } from '../../util/json-value.js';
import type { Random } from '../../util/random.js';
import { Heap } from '../heap.js';
import type { Limiter } from '../limiter.js';
import { parsePlainYaml } from './block-yaml.js';
import { type CompiledStage, nextStage } from './lifecycle.js';
import type { StageEvent, StageFinalizers, StagePatch } from './stage.js';
import { Template } from './template/template.js';
import type { TemplateFunctions } from './template/template-functions.js';

const firstRetryMs = 1000;
const lastRetryMs = 60_000;

/** An object that goes through stages. */
export interface StagedObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Labels | undefined;
    readonly annotations?: Labels | undefined;
    readonly finalizers?: readonly string[] | undefined;
  };
}

/** The writes of a player. */
export interface StageWrites<T extends StagedObject> {
  patch(object: T, patch: Patch, subresource: string | undefined): Promise<T>;
  delete(object: T): Promise<void>;
  record(object: T, event: StageEvent): void;
}

/** Options of a player. */
export interface StagePlayerOptions<T extends StagedObject> {
  readonly stages: readonly CompiledStage[];
  readonly writes: StageWrites<T>;
  /** The functions of templates for an object. */
  readonly functions: (object: T) => TemplateFunctions;
  /** Parses YAML of any form. */
  readonly parseYaml: (text: string) => unknown;
  /** The type of patches that do not name one. */
  readonly patchType: 'merge' | 'strategic';
  readonly limiter: Limiter;
  readonly clock: Clock;
  readonly random: Random;
  readonly onError: (error: unknown) => void;
}

interface Job<T> {
  readonly key: string;
  readonly object: T;
  readonly stage: CompiledStage;
  readonly due: number;
  /** The step to go on with after a failure. */
  readonly step: number;
  readonly retries: number;
}

/**
 * Walks objects of one kind through stages. Each change of an object decides which stage comes next and when; the stage is played
 * when its time has come, unless the object has changed by then.
 */
export class StagePlayer<T extends StagedObject> {
  readonly #options: StagePlayerOptions<T>;
  readonly #jobs = new Heap<Job<T>>(
    ({ key }) => key,
    (a, b) => a.due < b.due,
  );
  readonly #templates = new Map<string, Template>();
  /** Objects whose stage is being played, with a state that came meanwhile. */
  readonly #playing = new Map<string, T | undefined>();
  #timer: Timer | undefined;
  #timerDue = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(options: StagePlayerOptions<T>) {
    this.#options = options;
  }

  /** Takes in a new state of an object. */
  set(object: T): void {
    const { namespace, name, resourceVersion } = object.metadata;
    const key = formatKey(namespace, name);
    if (this.#closed) return;
    if (this.#playing.has(key)) {
      this.#playing.set(key, object);
      return;
    }
    if (this.#jobs.get(key)?.object.metadata.resourceVersion === resourceVersion) return;
    const { stages, random, clock } = this.#options;
    const stage = nextStage(stages, object, random);
    if (stage === undefined) {
      this.#jobs.delete(key);
      return;
    }
    const delay = stage.delayMs(object, clock.now(), random);
    this.#add({ key, object, stage, due: clock.monotonic() + delay, step: 0, retries: 0 });
  }

  /** Forgets an object. */
  delete(namespace: string | undefined, name: string): void {
    this.#jobs.delete(formatKey(namespace, name));
  }

  /** Plays no stage from now on. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #add(job: Job<T>): void {
    this.#jobs.push(job);
    if (job.due < this.#timerDue) this.#wake();
  }

  #wake(): void {
    this.#timer?.cancel();
    const { clock } = this.#options;
    const first = this.#jobs.peek();
    this.#timerDue = first?.due ?? Number.POSITIVE_INFINITY;
    if (first === undefined || this.#closed) return;
    this.#timer = clock.setTimer(Math.max(0, first.due - clock.monotonic()), () => {
      const now = clock.monotonic();
      for (let next = this.#jobs.peek(); next !== undefined && next.due <= now; next = this.#jobs.peek()) {
        this.#jobs.pop();
        void this.#play(next);
      }
      this.#wake();
    });
  }

  async #play(job: Job<T>): Promise<void> {
    const { limiter, onError, clock } = this.#options;
    const { key, stage, retries } = job;
    this.#playing.set(key, undefined);
    let result: T | undefined;
    let step = job.step;
    try {
      await limiter.run(async () => {
        for (; step < stage.steps.length && !this.#closed; step++) result = (await this.#step(job, step)) ?? result;
      });
    } catch (error) {
      const later = this.#finish(key);
      if (this.#closed || isNotFound(error)) return;
      onError(error);
      // A newer state decides anew; what cannot be read fails again.
      if (later !== undefined) this.set(later);
      else if (isWorthRetrying(error)) {
        const wait = Math.min(lastRetryMs, firstRetryMs * 2 ** retries);
        this.#add({ ...job, step, retries: retries + 1, due: clock.monotonic() + wait });
      }
      return;
    }
    const later = this.#finish(key);
    // The watch may have told of the patch before its answer came.
    if (later !== undefined && (result === undefined || !isNewer(result, later))) this.set(later);
    else if (result !== undefined && stage.immediateNextStage) this.set(result);
  }

  /** Ends the playing of an object. Returns the state that came meanwhile. */
  #finish(key: string): T | undefined {
    const later = this.#playing.get(key);
    this.#playing.delete(key);
    return later;
  }

  async #step({ object, stage }: Job<T>, index: number): Promise<T | undefined> {
    const { writes } = this.#options;
    const { event, finalizers, patch, delete: isDelete } = stage.steps[index] ?? {};
    if (event !== undefined) writes.record(object, event);
    let result: T | undefined;
    const change = finalizers && finalizerPatch(object, finalizers);
    if (change !== undefined) result = await writes.patch(object, change, undefined);
    if (isDelete === true) await writes.delete(object);
    else if (patch !== undefined) result = await writes.patch(object, this.#patchOf(object, patch), patch.subresource);
    return result;
  }

  #patchOf(object: T, { template, root, type = this.#options.patchType }: StagePatch): Patch {
    const value = this.#render(template, object);
    if (type === 'json') {
      if (!Array.isArray(value))
        throw new InvalidRequestError('cannot use the template of a JSON patch: it gives no list');
      const prefix = root ? `/${root}` : '';
      return jsonPatch(value.map((one) => (isObject(one) ? { ...one, path: `${prefix}${String(one.path)}` } : one)));
    }
    const body: Record<string, unknown> = root ? { [root]: value } : isObject(value) ? value : {};
    return type === 'merge' ? mergePatch(body) : strategicMergePatch(body);
  }

  #render(text: string, object: T): unknown {
    let template = this.#templates.get(text);
    if (template === undefined) {
      template = new Template(text.trim());
      this.#templates.set(text, template);
    }
    const rendered = template.render(object, this.#options.functions(object));
    return parsePlainYaml(rendered) ?? this.#options.parseYaml(rendered);
  }
}

function finalizerPatch(
  { metadata }: StagedObject,
  { add = [], remove = [], empty }: StageFinalizers,
): Patch | undefined {
  const old = metadata.finalizers ?? [];
  const removed = remove.map(({ value }) => value);
  const kept = empty === true ? [] : old.filter((one) => !removed.includes(one));
  const next = [...kept, ...add.map(({ value }) => value).filter((one) => !kept.includes(one))];
  if (next.length === old.length && next.every((one, index) => one === old[index])) return undefined;
  return mergePatch({ metadata: { finalizers: next, resourceVersion: metadata.resourceVersion } });
}

/** Requests that the server found wrong are wrong again. */
function isWorthRetrying(error: unknown): boolean {
  if (error instanceof InvalidRequestError) return false;
  return !isApiError(error) || error.httpStatus === 409 || error.httpStatus === 429 || error.httpStatus >= 500;
}
