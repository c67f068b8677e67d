import type { SchemaDescriptions } from './schema-descriptions.js';

/** The descriptions of the types that all kinds share. */
export const machinery: SchemaDescriptions = {
  ObjectMeta: {
    $self: 'The metadata of every stored object.',
    annotations: 'Texts by name that tools and people keep with the object. Selectors cannot use them.',
    creationTimestamp: 'CreationTimestamp is a timestamp that the server sets when it stores the object first, in UTC.',
    deletionGracePeriodSeconds: 'The time in seconds that the object has to end after its deletion was requested.',
    deletionTimestamp:
      'The time by which the object goes. If it is set, the object is being deleted and waits for its finalizers.',
    finalizers:
      'The names that must be removed before the object goes. Each owner removes its name when its clean-up is done.',
    generateName: 'The prefix from which the server makes a unique name, if `name` is empty.',
    generation: 'The number of changes of the desired state. Changes of the status do not count.',
    labels: 'Short texts by name. Selectors find and group objects by them.',
    managedFields: 'The fields that each client manages. Server-side apply uses them.',
    name: 'The name, unique among the objects of the kind in the namespace. It never changes.',
    namespace: 'The namespace. Kinds of the whole cluster have none.',
    ownerReferences: 'The owners. When all of them are gone, the garbage collector deletes the object.',
    resourceVersion:
      'The opaque version, which changes with every write. Send it back for optimistic locking and to start a watch.',
    selfLink: 'Not set any more.',
    uid: 'The unique id. A new object with the same name has another one.',
  },
  ListMeta: {
    $self: 'The metadata of a list.',
    continue: 'The token of the next page. Empty on the last one.',
    remainingItemCount: 'The approximate number of objects after this page, if it is known.',
    resourceVersion: 'The version of the collection. A watch can start from it.',
    selfLink: 'Not set any more.',
    shardInfo: 'The part of the collection that the list holds, if a part was requested.',
  },
  OwnerReference: {
    $self: 'A reference to the owner of an object, in the same namespace or of the whole cluster.',
    apiVersion: 'The apiVersion of the owner.',
    blockOwnerDeletion: 'True if a deletion of the owner in the foreground waits for this object.',
    controller: 'True if the owner manages the object. At most one owner does.',
    kind: 'The kind of the owner.',
    name: 'The name of the owner.',
    uid: 'The uid of the owner.',
  },
  LabelSelector: {
    $self: 'A selector of objects by labels. Both parts must match; an empty selector matches everything.',
    matchExpressions: 'Requirements. All must hold.',
    matchLabels: 'The labels and values that an object must have.',
  },
  LabelSelectorRequirement: {
    $self: 'A requirement on one label.',
    key: 'The label.',
    operator: '`In`, `NotIn`, `Exists` or `DoesNotExist`.',
    values: 'The values, for `In` and `NotIn`.',
  },
  Condition: {
    $self: 'One aspect of the state of an object.',
    lastTransitionTime: 'The time at which the status changed last.',
    message: 'A text for people about the last change.',
    observedGeneration: 'The `metadata.generation` that the condition is about.',
    reason: 'A word for programs about the last change.',
    status: '`True`, `False` or `Unknown`.',
    type: 'The type, such as `Ready`.',
  },
};
