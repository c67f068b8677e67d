import { fieldsOf } from '../../../util/json-fields.js';
import { type AdmissionPlugin, isAbout } from '../admission-plugin.js';
import { defaultClass } from '../default-class.js';

const defaults = ['ingressclass.kubernetes.io/is-default-class'];

/** Gives a new ingress without a class the default ingress class, if there is one. */
export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  mutate: async (attributes) => {
    const { request, object: ingress, old } = attributes;
    if (!isAbout(attributes, 'networking.k8s.io', 'ingresses') || old !== undefined) return;
    const spec = fieldsOf(ingress.spec);
    if (spec.ingressClassName !== undefined) return;
    if (Object.hasOwn(ingress.metadata.annotations ?? {}, 'kubernetes.io/ingress.class')) return;
    const name = await defaultClass(request.server, 'networking.k8s.io', 'ingressclasses', defaults);
    if (name !== undefined) ingress.spec = { ...spec, ingressClassName: name };
  },
};
