import type { SchemaFacts } from '../../meta/api-facts.js';

/*
 * What `kubectl explain` says about the fields that all objects have, in this project's own words. The fields of single kinds have no
 * descriptions.
 */

const every: { readonly [property: string]: string } = {
  apiVersion: 'APIVersion is the group and the version of the schema, such as apps/v1, or v1 alone for the core group.',
  kind: 'Kind is the name of the schema, in CamelCase: what the object is. It never changes.',
};

const ofObjects = {
  ...every,
  metadata: 'Metadata is what all objects say about themselves: name, labels, owners.',
};

const ofLists = {
  ...every,
  metadata:
    'Metadata is what all lists say about themselves: the version of the collection, and where the next page begins.',
};

const shared: { readonly [schema: string]: { readonly self: string; readonly properties: typeof every } } = {
  ObjectMeta: {
    self: 'ObjectMeta is what every stored object says about itself.',
    properties: {
      annotations:
        'Annotations are texts by name for tools and people to keep with the object. They cannot be selected by.',
      creationTimestamp: 'CreationTimestamp is when the server took the object in, in UTC. Clients do not set it.',
      deletionGracePeriodSeconds:
        'DeletionGracePeriodSeconds is how long the object may take to end once its deletion has been asked for.',
      deletionTimestamp:
        'DeletionTimestamp is when the object goes at the latest. With it the object is being deleted, and stays until its finalizers are gone.',
      finalizers:
        'Finalizers are the names of those who have work to do before the object goes. Each takes its own name off when it is done.',
      generateName:
        'GenerateName is what the server begins a name with that it makes unique itself. It counts only where no name is given.',
      generation: 'Generation counts the changes of what is wanted; those of a status do not count.',
      labels: 'Labels are short texts by name that objects are found and grouped by.',
      managedFields:
        'ManagedFields says which client manages which fields, and since when. Server-side apply goes by it.',
      name: 'Name tells the object from others of its kind in its namespace. It never changes.',
      namespace: 'Namespace is the space the name is unique in. Kinds of the whole cluster have none.',
      ownerReferences:
        'OwnerReferences name the objects this one belongs to. Once all of them are gone the garbage collector deletes it too.',
      resourceVersion:
        'ResourceVersion changes with every write. It is opaque: it is sent back for optimistic locking and to go on watching.',
      selfLink: 'SelfLink is a leftover that no server sets any more.',
      uid: 'UID tells the object from all that ever were, of the same name too.',
    },
  },
  ListMeta: {
    self: 'ListMeta is what a list says about itself.',
    properties: {
      continue: 'Continue is sent back to get the next page. An empty one says that this was the last.',
      remainingItemCount: 'RemainingItemCount is about how many items come after this page, where that is known.',
      resourceVersion: 'ResourceVersion is that of the whole collection: a watch goes on from it.',
      selfLink: 'SelfLink is a leftover that no server sets any more.',
      shardInfo: 'ShardInfo says which part of the collection the list holds, where only a part was asked for.',
    },
  },
  OwnerReference: {
    self: 'OwnerReference names an object that another belongs to, in the same namespace or of the whole cluster.',
    properties: {
      apiVersion: "APIVersion is the owner's.",
      blockOwnerDeletion:
        'BlockOwnerDeletion keeps an owner that is deleted in the foreground from going before this object has gone.',
      controller: 'Controller says that the owner manages this object. At most one does.',
      kind: "Kind is the owner's.",
      name: "Name is the owner's.",
      uid: "UID is the owner's: one of the same name that comes later is another.",
    },
  },
};

/** Returns the description of a schema of the shared machinery, by its name. */
export function descriptionOf(schema: string): string | undefined {
  return Object.hasOwn(shared, schema) ? shared[schema]?.self : undefined;
}

/** Returns the descriptions of a schema's properties, by its name and its facts. */
export function propertyDescriptions(name: string, facts: SchemaFacts): { readonly [property: string]: string } {
  if (Object.hasOwn(shared, name)) return shared[name]?.properties ?? {};
  const { properties = {} } = facts;
  // What names its kind in the schema is an object, or a list of them.
  if (facts.gvk === undefined) return {};
  return properties.metadata?.ref === 'meta.ListMeta' ? ofLists : ofObjects;
}
