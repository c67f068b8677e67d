import { ControllerRevision } from '../../../../generated/apps/v1.js';
import type { PodTemplateSpec } from '../../../../generated/core/v1.js';
import type { Lister } from '../../../cache/index.js';
import { isAlreadyExists, isNotFound } from '../../../errors/index.js';
import {
  controllerOf,
  controllerReference,
  type DeepReadonly,
  deepEqual,
  type ParsedLabelSelector,
  type Stored,
} from '../../../meta/index.js';
import type { Cluster } from '../../../sdk/index.js';
import { encodeUtf8 } from '../../../util/bytes.js';
import { compareText } from '../../../util/compare.js';
import { type Claimer, claimObjects } from '../base/claims.js';
import { draftOf } from '../base/draft.js';
import { fnv1, safeEncode } from '../base/name-hash.js';
import { goJson, sortKeys } from './go-json.js';

/** A stored revision of a pod template. */
export type Revision = Stored<ControllerRevision, 'Namespaced'>;

/** An object whose pod templates are kept as ControllerRevisions. */
interface RevisionOwner extends Claimer {
  readonly metadata: Claimer['metadata'] & {
    readonly namespace: string;
    readonly annotations?: { readonly [name: string]: string } | undefined;
  };
}

/** The surroundings of the revisions of one object. */
export interface HistoryOptions {
  readonly cluster: Cluster;
  readonly signal: AbortSignal;
  readonly owner: RevisionOwner;
  readonly selector: ParsedLabelSelector;
  readonly refresh: () => Promise<Claimer>;
  /** The way revisions are named. Default: by a hash of their data, as for StatefulSets. */
  readonly naming?: RevisionNaming | undefined;
}

/** The way the revisions of one kind are named. */
interface RevisionNaming {
  /** The label that carries the hash. */
  readonly label: string;
  readonly hash: (template: DeepReadonly<PodTemplateSpec>, collisions: number) => string;
}

const byData: RevisionNaming = {
  label: 'controller.kubernetes.io/hash',
  hash: (template, collisions) =>
    safeEncode(String(fnv1(encodeUtf8(`${goJson(revisionData(template))}${collisions}`)))),
};
const LONGEST_PREFIX = 223;

/**
 * Returns the data of a revision: a strategic merge patch that brings a template back, as `kubectl rollout undo` applies it. Programs in
 * Go compare its bytes with those of the template, so its keys are in Go's order.
 */
function revisionData(template: DeepReadonly<PodTemplateSpec>) {
  return { spec: { template: sortKeys({ ...template, $patch: 'replace' }) } };
}

/** Returns the pod template that a revision holds. */
export function templateOf(revision: Revision): PodTemplateSpec {
  const data: unknown = revision.data;
  // The data was written as `revisionData` makes it, by this controller or upstream's.
  const { spec } = (data ?? {}) as { spec?: { template?: PodTemplateSpec & { $patch?: string } } };
  const { $patch: _, ...template } = spec?.template ?? {};
  return template;
}

/** The revisions of one object, the oldest first. */
export class RevisionHistory {
  readonly #options: HistoryOptions;
  #revisions: Revision[] = [];

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  get revisions(): readonly Revision[] {
    return this.#revisions;
  }

  /** Reads the revisions of the owner, and adopts those that an orphaning deletion left behind. */
  async claim(lister: Lister<ControllerRevision, 'Namespaced'>): Promise<void> {
    const { owner, selector, refresh, signal } = this.#options;
    const mine = lister
      .list({ namespace: owner.metadata.namespace })
      .filter((one) => selector.matches(one.metadata.labels))
      .filter((one) => (controllerOf(one)?.uid ?? owner.metadata.uid) === owner.metadata.uid);
    const claimed = await claimObjects(owner, mine, {
      matches: () => true,
      refresh,
      patch: (name, patch) => this.#client.patch(name, patch, { signal }),
    });
    this.#revisions = claimed.map((one) => draftOf<Revision>(one)).sort(byRevision);
  }

  /**
   * Returns the revision of a template: the newest one, an older one that becomes the newest again, or a new one. Also returns how often
   * hashes have collided.
   */
  async ensure(
    template: DeepReadonly<PodTemplateSpec>,
    collisions: number,
  ): Promise<{ readonly revision: Revision; readonly collisions: number }> {
    const data = revisionData(template);
    const newest = this.#revisions.at(-1);
    const number = (newest?.revision ?? 0) + 1;
    const equal = this.#revisions.findLast((one) => deepEqual(one.data, data));
    if (equal === undefined) return this.#create(template, data, number, collisions);
    if (equal !== newest && deepEqual(newest?.data, data) === false) {
      const { signal } = this.#options;
      Object.assign(equal, await this.#client.replace({ ...equal, revision: number }, { signal }));
      this.#revisions.sort(byRevision);
    }
    return { revision: equal, collisions };
  }

  /** Deletes the oldest revisions beyond `limit` that are not in use. */
  async truncate(limit: number, live: ReadonlySet<string>): Promise<void> {
    const unused = this.#revisions.filter(({ metadata }) => !live.has(metadata.name));
    for (const { metadata } of unused.slice(0, Math.max(0, unused.length - limit))) {
      await this.#client.delete(metadata.name, { signal: this.#options.signal }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    }
  }

  async #create(
    template: DeepReadonly<PodTemplateSpec>,
    data: Record<string, unknown>,
    revision: number,
    before: number,
  ): Promise<{ readonly revision: Revision; readonly collisions: number }> {
    const { owner, signal, refresh, naming = byData } = this.#options;
    const { name, namespace, annotations } = owner.metadata;
    // The cache may still have an owner that is gone. Its revision would be collected at once, and that starts the next reconcile.
    if ((await refresh()).metadata.uid !== owner.metadata.uid)
      throw new Error(`cannot create a revision of ${namespace}/${name}: it was deleted, and created again`);
    for (let collisions = before; ; collisions++) {
      const hash = naming.hash(template, collisions);
      const draft = {
        metadata: {
          name: `${name.slice(0, LONGEST_PREFIX)}-${hash}`,
          namespace,
          labels: { ...template.metadata?.labels, [naming.label]: hash },
          annotations: annotations === undefined ? undefined : { ...annotations },
          ownerReferences: [controllerReference(owner)],
        },
        data,
        revision,
      };
      try {
        const created = await this.#client.create(draft, { signal });
        this.#revisions.push(created);
        return { revision: created, collisions };
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
        const existing = await this.#client.get(draft.metadata.name, { signal });
        if (deepEqual(existing.data, data)) return { revision: existing, collisions };
      }
    }
  }

  get #client() {
    return this.#options.cluster.resource(ControllerRevision).in(this.#options.owner.metadata.namespace);
  }
}

function byRevision(a: Revision, b: Revision): number {
  return (
    a.revision - b.revision ||
    compareText(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
    compareText(a.metadata.name, b.metadata.name)
  );
}
