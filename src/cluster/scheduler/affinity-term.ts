import type { Affinity, PodAffinityTerm } from '../../../generated/core/v1.js';
import {
  type DeepReadonly,
  FormatError,
  type LabelSelector,
  type Labels,
  type ParsedLabelSelector,
  toLabelSelector,
} from '../../meta/index.js';

/** A pod as far as selectors look at it. */
export interface LabelledPod {
  readonly namespace: string;
  readonly labels: Labels;
}

/** Returns the labels of a namespace. */
export type NamespaceLabels = (namespace: string) => Labels | undefined;

/** Parses a selector. Returns undefined for one that selects nothing: an absent one, or one that is not valid. */
export function selectorOf(selector: DeepReadonly<LabelSelector> | undefined): ParsedLabelSelector | undefined {
  if (selector === undefined) return undefined;
  try {
    return toLabelSelector(selector);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** A term of pod affinity or anti-affinity, ready to be matched. */
export class AffinityTerm {
  readonly topologyKey: string;
  readonly #namespaces: readonly string[];
  readonly #selector: ParsedLabelSelector | undefined;
  readonly #namespaceSelector: ParsedLabelSelector | undefined;

  /** `namespace` is that of the pod whose term it is. */
  constructor(term: DeepReadonly<PodAffinityTerm>, namespace: string) {
    const { namespaces = [], namespaceSelector } = term;
    this.topologyKey = term.topologyKey;
    this.#selector = selectorOf(term.labelSelector);
    this.#namespaces = namespaces.length === 0 && namespaceSelector === undefined ? [namespace] : namespaces;
    this.#namespaceSelector = selectorOf(namespaceSelector);
  }

  /** Tells whether the term selects a pod. */
  matches(pod: LabelledPod, namespaceLabels: NamespaceLabels): boolean {
    if (this.#selector?.matches(pod.labels) !== true) return false;
    return (
      this.#namespaces.includes(pod.namespace) ||
      this.#namespaceSelector?.matches(namespaceLabels(pod.namespace)) === true
    );
  }
}

/** A term with the weight of a preference. */
interface WeightedTerm {
  readonly term: AffinityTerm;
  readonly weight: number;
}

/** The pod affinity and anti-affinity of a pod. */
export interface PodTerms {
  readonly affinity: readonly AffinityTerm[];
  readonly antiAffinity: readonly AffinityTerm[];
  readonly preferred: readonly WeightedTerm[];
  /** Preferences to stay away, with the weight as it is written: positive. */
  readonly preferredAnti: readonly WeightedTerm[];
}

/** Reads the pod affinity and anti-affinity of a pod. Returns undefined if it has neither. */
export function podTermsOf(affinity: DeepReadonly<Affinity> | undefined, namespace: string): PodTerms | undefined {
  const { podAffinity, podAntiAffinity } = affinity ?? {};
  if (podAffinity === undefined && podAntiAffinity === undefined) return undefined;
  const required = (terms: readonly DeepReadonly<PodAffinityTerm>[] = []) =>
    terms.map((term) => new AffinityTerm(term, namespace));
  const preferred = (
    terms: readonly { readonly weight: number; readonly podAffinityTerm: DeepReadonly<PodAffinityTerm> }[] = [],
  ) => terms.map(({ weight, podAffinityTerm }) => ({ weight, term: new AffinityTerm(podAffinityTerm, namespace) }));
  return {
    affinity: required(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    antiAffinity: required(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    preferred: preferred(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
    preferredAnti: preferred(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
  };
}
