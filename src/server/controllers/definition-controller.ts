import { onAbort } from '../../util/abort.js';
import { fieldsOf } from '../../util/json-fields.js';
import { copy, equal } from '../../util/json-value.js';
import { acceptNames } from '../custom/accept-names.js';
import { approvalCondition } from '../custom/api-approval.js';
import { type Definition, readDefinition } from '../custom/definition.js';
import { setCondition } from '../custom/definition-conditions.js';
import { cleanupFinalizer } from '../custom/definition-strategy.js';
import { ServedDefinitions } from '../custom/served-definitions.js';
import type { ServedResource, ServerContext } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { timestamp } from '../object/system-fields.js';
import { storageRange } from '../scheme/storage-keys.js';
import type { StorageWatch } from '../storage/storage.js';
import { deleteStored } from '../verbs/delete.js';
import { replaceStored } from '../verbs/write.js';
import { controllerOperation, controllerOptions } from './controller-operation.js';

const manager = 'kube-apiserver';
const options = controllerOptions(manager);

/** Manages CustomResourceDefinitions: accepts their names, establishes them, serves their kinds, and removes their objects with them. */
export class DefinitionController {
  readonly #known = new Map<string, Definition>();
  readonly #served: ServedDefinitions;
  /** Watches on the objects of definitions that are going, by the definition's key. */
  readonly #leftovers = new Map<string, StorageWatch>();

  constructor(
    private readonly server: ServerContext,
    private readonly resource: ServedResource,
    private readonly revisit: (key: string) => void,
  ) {
    this.#served = new ServedDefinitions(server);
  }

  /** The keys of the definitions it has looked at. */
  get keys(): Iterable<string> {
    return this.#known.keys();
  }

  /** Brings one definition forward: `object` is what is stored, undefined when it is gone. */
  async look(key: string, object: ServerObject | undefined): Promise<void> {
    if (object === undefined) {
      await this.#forget(key);
      return;
    }
    const definition = readDefinition(object);
    this.#known.set(key, definition);
    const named = await this.#name(key, object, definition);
    if (definition.established || named) await this.#serve();
    if (definition.terminating && (object.metadata.finalizers ?? []).includes(cleanupFinalizer)) {
      await this.#empty(key, definition);
    }
  }

  async #forget(key: string): Promise<void> {
    const gone = this.#known.get(key);
    this.#known.delete(key);
    this.#leftovers.get(key)?.close();
    this.#leftovers.delete(key);
    await this.#serve();
    // Its names are free again for others of the group.
    for (const [other, { group }] of this.#known) if (group === gone?.group) this.revisit(other);
  }

  async #serve(): Promise<void> {
    await this.#served.update([...this.#known.values()].filter(({ established }) => established));
  }

  /** Accepts the names nobody else in the group has, and establishes the definition once all are. Says whether it wrote. */
  async #name(key: string, object: ServerObject, definition: Definition): Promise<boolean> {
    const others = [...this.#known].flatMap(([other, { group, accepted }]) =>
      other !== key && group === definition.group ? [accepted] : [],
    );
    const now = timestamp(this.server.clock);
    const wanted = copy(object);
    const { names, condition } = acceptNames(definition, others);
    const { acceptedNames } = fieldsOf(object.status);
    if (!equal(acceptedNames, names)) wanted.status = { ...fieldsOf(wanted.status), acceptedNames: names };
    setCondition(wanted, now, condition);
    const accepted = condition.status === 'True';
    if (!definition.established) {
      setCondition(wanted, now, {
        type: 'Established',
        status: accepted ? 'True' : 'False',
        reason: accepted ? 'InitialNamesAccepted' : 'NotAccepted',
        message: accepted ? 'the initial names have been accepted' : 'not all names are accepted',
      });
    }
    const approval = approvalCondition(object);
    if (approval !== undefined) setCondition(wanted, now, approval);
    if (equal(wanted.status, object.status)) return false;
    await this.#write(object.metadata.name ?? '', wanted);
    return true;
  }

  /** Deletes the objects of a definition that is going; lets it go when none is left. */
  async #empty(key: string, definition: Definition): Promise<void> {
    const { server } = this;
    // As what they are kept in, where that is served: no webhook has to be asked.
    const served = definition.versions.filter((version) => version.served);
    const storage = served.find((version) => version.storage) ?? served[0];
    const resource =
      storage === undefined
        ? undefined
        : server.scheme.resource(definition.group, storage.name, definition.names.plural);
    if (resource?.custom !== undefined && (await this.#deleteObjects(resource)) > 0) {
      this.#waitForObjects(key, resource);
      return;
    }
    this.#leftovers.get(key)?.close();
    this.#leftovers.delete(key);
    await this.#release(definition);
  }

  /** Deletes all objects; says how many stay because something keeps them. */
  async #deleteObjects(resource: ServedResource): Promise<number> {
    const { server } = this;
    const { start, end } = storageRange(resource, undefined);
    const { kvs } = await server.storage.range(start, end);
    let left = 0;
    for (const { key } of kvs) {
      const rest = key.slice(start.length).split('/');
      const name = rest.pop() ?? '';
      const namespace = resource.namespaced ? rest[0] : undefined;
      const operation = controllerOperation(server, resource, { namespace, name }, manager);
      const { gone } = await deleteStored(operation, name, { dryRunAll: false }).catch(() => ({ gone: true }));
      if (!gone) left++;
    }
    return left;
  }

  #waitForObjects(key: string, resource: ServedResource): void {
    if (this.#leftovers.has(key)) return;
    const { server } = this;
    const { start, end } = storageRange(resource, undefined);
    void server.storage.revision().then((revision) => {
      if (server.closing.aborted || this.#leftovers.has(key)) return;
      const watch = server.storage.watch(start, end, revision, {
        events: (batch) => {
          if (batch.some(({ type }) => type === 'delete')) this.revisit(key);
        },
        // The store has gone back: whether there is still something to wait for shows when the definition is looked at anew.
        ended: () => {
          this.#leftovers.get(key)?.close();
          this.#leftovers.delete(key);
        },
      });
      const stopListening = onAbort(server.closing, () => watch.close());
      const close = () => {
        stopListening();
        watch.close();
      };
      this.#leftovers.set(key, { close });
      // What went before the watch began is not seen by it.
      this.revisit(key);
    });
  }

  async #release({ name }: Definition): Promise<void> {
    const operation = controllerOperation(this.server, this.resource, { name }, manager);
    await replaceStored(operation, options, (current) => {
      const wanted = copy(current);
      const finalizers = (current.metadata.finalizers ?? []).filter((finalizer) => finalizer !== cleanupFinalizer);
      if (finalizers.length === 0) delete wanted.metadata.finalizers;
      else wanted.metadata.finalizers = finalizers;
      return wanted;
    });
  }

  async #write(name: string, wanted: ServerObject): Promise<void> {
    const toStatus = controllerOperation(this.server, this.resource, { name, subresource: 'status' }, manager);
    await replaceStored(toStatus, options, () => copy(wanted));
  }
}
