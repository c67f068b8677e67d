/**
 * A schema as a CustomResourceDefinition holds it (`apiextensions.k8s.io/v1` JSONSchemaProps), as far as structural schemas use it:
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema.
 */
export interface JSONSchemaProps {
  description?: string;
  title?: string;
  type?: string;
  format?: string;
  nullable?: boolean;
  default?: unknown;
  enum?: unknown[];
  minimum?: number;
  exclusiveMinimum?: boolean;
  maximum?: number;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
  required?: string[];
  properties?: { [name: string]: JSONSchemaProps };
  additionalProperties?: JSONSchemaProps;
  items?: JSONSchemaProps;
  allOf?: JSONSchemaProps[];
  anyOf?: JSONSchemaProps[];
  oneOf?: JSONSchemaProps[];
  not?: JSONSchemaProps;
  example?: unknown;
  'x-kubernetes-preserve-unknown-fields'?: true;
  'x-kubernetes-int-or-string'?: true;
  'x-kubernetes-embedded-resource'?: true;
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: 'atomic' | 'granular';
  'x-kubernetes-validations'?: ValidationRule[];
}

/** One rule in CEL: an element of `x-kubernetes-validations`. */
export interface ValidationRule {
  /** The expression: `self` is the value it stands at, `oldSelf` what that was before an update. True: all is well. */
  rule: string;
  /** The message for a broken rule. Default: the rule itself. */
  message?: string;
  /** An expression that makes the message; `message` is said where it fails. */
  messageExpression?: string;
  /** Which sort of error it is. Default `FieldValueInvalid`. */
  reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired' | 'FieldValueDuplicate';
  /** The field below this place to blame, such as `.replicas`. Default: this place. */
  fieldPath?: string;
  /** Runs a rule about `oldSelf` even without an old value: `oldSelf` is then an optional. */
  optionalOldSelf?: boolean;
}
