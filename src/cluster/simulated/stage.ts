import type { Labels } from '../../meta/index.js';

/** A test of one value of an object. Written as kwok does: either directly or below `jq`. */
export interface StageExpression {
  readonly key?: string | undefined;
  readonly operator?: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | undefined;
  readonly values?: readonly string[] | undefined;
  readonly jq?:
    | {
        readonly key: string;
        readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
        readonly values?: readonly string[] | undefined;
      }
    | undefined;
}

/** A value taken from the object. */
export interface StageValueFrom {
  readonly expressionFrom?: string | undefined;
  readonly jq?: { readonly expression: string } | undefined;
}

/** A change of the list of finalizers. */
export interface StageFinalizers {
  readonly add?: readonly { readonly value: string }[] | undefined;
  readonly remove?: readonly { readonly value: string }[] | undefined;
  readonly empty?: boolean | undefined;
}

/** A patch made from a template. */
export interface StagePatch {
  readonly subresource?: string | undefined;
  /** The field that the rendered template is the value of, such as `status`. */
  readonly root?: string | undefined;
  readonly template: string;
  /** Default: `strategic` for pods and nodes, `merge` for other kinds. */
  readonly type?: 'json' | 'merge' | 'strategic' | undefined;
}

/** An event to record. */
export interface StageEvent {
  readonly type?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

/** One step of a stage. */
export interface StageStep {
  readonly event?: StageEvent | undefined;
  readonly finalizers?: StageFinalizers | undefined;
  readonly patch?: StagePatch | undefined;
  readonly delete?: boolean | undefined;
}

/** The effect of a stage, in the form of most Stage files. */
export interface StageNext {
  readonly event?: StageEvent | undefined;
  readonly finalizers?: StageFinalizers | undefined;
  readonly patches?: readonly StagePatch[] | undefined;
  readonly statusTemplate?: string | undefined;
  readonly statusSubresource?: string | undefined;
  readonly delete?: boolean | undefined;
}

/** A Stage of kwok (`kwok.x-k8s.io/v1alpha1`): from which state objects of a kind go to which other state, and when. */
export interface Stage {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly resourceRef: { readonly apiGroup?: string | undefined; readonly kind: string };
    /** The objects that may enter the stage. Absent: none. */
    readonly selector?:
      | {
          readonly matchLabels?: Labels | undefined;
          readonly matchAnnotations?: Labels | undefined;
          readonly matchExpressions?: readonly StageExpression[] | undefined;
        }
      | undefined;
    /** If several stages match, one is drawn by weight. */
    readonly weight?: number | undefined;
    readonly weightFrom?: StageValueFrom | undefined;
    readonly delay?:
      | {
          readonly durationMilliseconds?: number | undefined;
          readonly durationFrom?: StageValueFrom | undefined;
          readonly jitterDurationMilliseconds?: number | undefined;
          readonly jitterDurationFrom?: StageValueFrom | undefined;
        }
      | undefined;
    readonly next?: StageNext | undefined;
    readonly steps?: readonly StageStep[] | undefined;
    /** True: the next stage is chosen from the answer of this one, without waiting for the watch. */
    readonly immediateNextStage?: boolean | undefined;
  };
}
