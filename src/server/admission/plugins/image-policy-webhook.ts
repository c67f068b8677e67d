import { fieldsOf, objectsOf, textOf } from '../../../util/json-fields.js';
import type { JsonObject } from '../../../util/json-value.js';
import type { AdmissionAttributes } from '../../object/admission-attributes.js';
import type { ServerContext } from '../../object/server-context.js';
import type { ServerObject } from '../../object/server-object.js';
import { forbidden } from '../../object/status-error.js';
import type { AdmissionPlugin } from '../admission-plugin.js';
import { type ImageReview, ImageReviews } from '../image-reviews.js';

const auditPrefix = 'imagepolicywebhook.image-policy.k8s.io/';
const failedOpen = 'alpha.image-policy.k8s.io/failed-open';

/** Asks a backend whether the images of a pod may run. */
export const imagePolicyWebhook: AdmissionPlugin = {
  name: 'ImagePolicyWebhook',
  validate: async (attributes) => {
    const { object, request } = attributes;
    const spec = reviewedSpec(attributes);
    if (object === undefined || spec === undefined) return;
    const refuse = (why: string) => forbidden(request.resource, object.metadata.name ?? '', why);
    const { audit, signal } = request;
    let review: ImageReview;
    try {
      review = await reviewsOf(request.server).review(spec, signal);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (request.server.admissionConfiguration.ImagePolicyWebhook?.defaultAllow !== true) throw refuse(why);
      audit?.annotate(`${auditPrefix}failed-open`, 'true');
      object.metadata.annotations = { ...object.metadata.annotations, [failedOpen]: 'true' };
      return;
    }
    for (const [key, value] of Object.entries(review.auditAnnotations)) audit?.annotate(`${auditPrefix}${key}`, value);
    if (review.isAllowed) return;
    throw refuse(
      review.reason === ''
        ? 'one or more images rejected by webhook backend'
        : `image policy webhook backend denied one or more images: ${review.reason}`,
    );
  },
};

/** Returns the spec of the review of a pod, or of its ephemeral containers. Undefined for other requests. */
function reviewedSpec({ object, request }: AdmissionAttributes): JsonObject | undefined {
  const { resource, path } = request;
  const { subresource = '' } = path;
  if (object === undefined || resource.group !== '' || resource.plural !== 'pods') return undefined;
  if (subresource !== '' && subresource !== 'ephemeralcontainers') return undefined;
  const lists = subresource === '' ? ['containers', 'initContainers'] : ['ephemeralContainers'];
  const annotations = reviewedAnnotations(object);
  return {
    containers: lists.flatMap((list) =>
      objectsOf(fieldsOf(object.spec)[list]).map(({ image }) => ({ image: textOf(image) })),
    ),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    namespace: path.namespace ?? '',
  };
}

function reviewedAnnotations({ metadata }: ServerObject): { [key: string]: string } {
  const all = Object.entries(metadata.annotations ?? {});
  return Object.fromEntries(all.filter(([key]) => key.includes('.image-policy.k8s.io/')));
}

/** The reviews of each server. */
const known = new WeakMap<ServerContext, ImageReviews>();

function reviewsOf(server: ServerContext): ImageReviews {
  let reviews = known.get(server);
  if (reviews === undefined) {
    const configuration = server.admissionConfiguration.ImagePolicyWebhook;
    if (configuration === undefined) throw new Error('the admission plugin ImagePolicyWebhook is not configured');
    reviews = new ImageReviews(server, configuration);
    known.set(server, reviews);
  }
  return reviews;
}
