import type { HorizontalPodAutoscalerSpec, HPAScalingRules } from '../../../../generated/autoscaling/v2.js';
import type { DeepReadonly } from '../../../meta/index.js';

/** The window in which the highest recommendation counts, as `--horizontal-pod-autoscaler-downscale-stabilization`. */
const DOWNSCALE_WINDOW_MS = 300_000;

interface Timed {
  readonly value: number;
  readonly time: number;
}

/** A size within the limits of an autoscaler, with the conditions that explain it. */
export interface LimitedSize {
  readonly replicas: number;
  readonly able: { readonly reason: string; readonly message: string };
  readonly limited: { readonly isLimited: boolean; readonly reason: string; readonly message: string };
}

/** The sizes between which an autoscaler decides. */
export interface SizeRequest {
  readonly current: number;
  readonly desired: number;
  readonly min: number;
  readonly now: number;
}

const WITHIN = { reason: 'DesiredWithinRange', message: 'the desired count is within the acceptable range' };
const TOO_MANY = {
  reason: 'TooManyReplicas',
  message: 'the desired replica count is more than the maximum replica count',
};
const TOO_FEW = {
  reason: 'TooFewReplicas',
  message: 'the desired replica count is less than the minimum replica count',
};
const UP_LIMIT = {
  reason: 'ScaleUpLimit',
  message: 'the desired replica count is increasing faster than the maximum scale rate',
};
const DOWN_LIMIT = {
  reason: 'ScaleDownLimit',
  message: 'the desired replica count is decreasing faster than the maximum scale rate',
};
const STABLE_DOWN = {
  reason: 'ScaleDownStabilized',
  message: 'recent recommendations were higher than current one, applying the highest recent recommendation',
};
const STABLE_UP = {
  reason: 'ScaleUpStabilized',
  message: 'recent recommendations were lower than current one, applying the lowest recent recommendation',
};
const READY = { reason: 'ReadyForNewScale', message: 'recommended size matches current size' };

/** The recommendations and changes of one autoscaler that its limits look back at. */
export class ScaleHistory {
  #recommendations: Timed[];
  #ups: Timed[] = [];
  #downs: Timed[] = [];

  /** `current` is the size at the beginning: the first recommendation. */
  constructor(current: number, now: number) {
    this.#recommendations = [{ value: current, time: now }];
  }

  /** Notes a change of the size. */
  changed(from: number, to: number, now: number): void {
    (to > from ? this.#ups : this.#downs).push({ value: Math.abs(to - from), time: now });
  }

  /** Returns the size that the limits of `spec` allow, and remembers the recommendation. */
  limit(spec: DeepReadonly<HorizontalPodAutoscalerSpec>, request: SizeRequest): LimitedSize {
    const { desired, now } = request;
    const { behavior } = spec;
    const stable =
      behavior === undefined
        ? Math.max(desired, ...this.#since(now - DOWNSCALE_WINDOW_MS))
        : this.#stabilized(request, behavior.scaleUp, behavior.scaleDown);
    this.#recommendations.push({ value: desired, time: now });
    this.#forget(now);
    const direction = behavior === undefined || desired < request.current ? STABLE_DOWN : STABLE_UP;
    const able = stable === desired ? READY : direction;
    const bounded = { ...request, desired: stable };
    const { replicas, ...why } =
      behavior === undefined
        ? boundedSize(bounded, spec.maxReplicas)
        : this.#ratedSize(bounded, spec.maxReplicas, behavior.scaleUp, behavior.scaleDown);
    return { replicas, able, limited: { isLimited: replicas !== stable, ...why } };
  }

  #since(time: number): number[] {
    return this.#recommendations.filter((one) => one.time >= time).map(({ value }) => value);
  }

  #stabilized({ current, desired, now }: SizeRequest, up?: Rules, down?: Rules): number {
    const upWindowMs = (up?.stabilizationWindowSeconds ?? 0) * 1000;
    const downWindowMs = (down?.stabilizationWindowSeconds ?? DOWNSCALE_WINDOW_MS / 1000) * 1000;
    const after = (ms: number) => this.#recommendations.filter(({ time }) => time > now - ms).map(({ value }) => value);
    const least = Math.min(desired, ...after(upWindowMs));
    const most = Math.max(desired, ...after(downWindowMs));
    return Math.min(Math.max(current, least), most);
  }

  #ratedSize(
    { current, desired, min, now }: SizeRequest,
    max: number,
    up: Rules | undefined,
    down: Rules | undefined,
  ): { readonly replicas: number; readonly reason: string; readonly message: string } {
    if (desired > current) {
      const limit = Math.max(current, this.#rateLimit(current, up, 'up', now));
      const most = Math.min(max, limit);
      if (desired > most) return { replicas: most, ...(max > limit ? UP_LIMIT : TOO_MANY) };
    } else if (desired < current) {
      const limit = Math.min(current, this.#rateLimit(current, down, 'down', now));
      const least = Math.max(min, limit);
      if (desired < least) return { replicas: least, ...(min < limit ? DOWN_LIMIT : TOO_FEW) };
    }
    return { replicas: desired, ...WITHIN };
  }

  /** Returns the farthest size that the policies allow now, counted from the size at the beginning of each period. */
  #rateLimit(current: number, rules: Rules | undefined, direction: 'up' | 'down', now: number): number {
    if (rules?.selectPolicy === 'Disabled') return current;
    const sign = direction === 'up' ? 1 : -1;
    const limits = (rules?.policies ?? []).map(({ type, value, periodSeconds }) => {
      const within = (changes: readonly Timed[]) =>
        changes.filter(({ time }) => time > now - periodSeconds * 1000).reduce((sum, change) => sum + change.value, 0);
      const start = current - within(this.#ups) + within(this.#downs);
      if (type === 'Pods') return start + sign * value;
      const scaled = start * (1 + (sign * value) / 100);
      return direction === 'up' ? Math.ceil(scaled) : Math.trunc(scaled);
    });
    if (limits.length === 0) return direction === 'up' ? Number.MAX_SAFE_INTEGER : 0;
    const isMost = (rules?.selectPolicy !== 'Min') === (direction === 'up');
    return isMost ? Math.max(...limits) : Math.min(...limits);
  }

  #forget(now: number): void {
    // An hour is the longest window that the API allows.
    const recent = ({ time }: Timed) => now - time <= 3_600_000;
    this.#recommendations = this.#recommendations.filter(recent);
    this.#ups = this.#ups.filter(recent);
    this.#downs = this.#downs.filter(recent);
  }
}

type Rules = DeepReadonly<HPAScalingRules>;

/** Returns the size within the limits of an autoscaler without a behaviour: twice the present size at most, and at least 4. */
function boundedSize(
  { current, desired, min }: SizeRequest,
  max: number,
): { readonly replicas: number; readonly reason: string; readonly message: string } {
  const upLimit = Math.max(2 * current, 4);
  if (desired < min) return { replicas: min, ...TOO_FEW };
  const most = Math.min(max, upLimit);
  return desired > most
    ? { replicas: most, ...(max > upLimit ? UP_LIMIT : TOO_MANY) }
    : { replicas: desired, ...WITHIN };
}
