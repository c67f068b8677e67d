import { fieldsOf, objectsOf, textOf } from '../../fields.js';
import type { ServerResponse } from '../../http/message.js';
import { noCache } from '../../http/respond.js';
import { badRequest } from '../../status-error.js';
import { nameOf, type ResourceRequest } from '../context.js';
import { readExisting } from '../get.js';
import { decodeStored } from '../stored.js';

/** GET of `pods/{name}/log`: nothing runs here, so that no pod has said anything. */
export async function podLog(request: ResourceRequest): Promise<ServerResponse> {
  const name = nameOf(request);
  const pod = decodeStored(await readExisting(request, name), request.resource);
  const spec = fieldsOf(pod.spec);
  const names = [
    ...objectsOf(spec.initContainers),
    ...objectsOf(spec.containers),
    ...objectsOf(spec.ephemeralContainers),
  ].map((container) => textOf(container.name));
  const asked = request.query.get('container') ?? '';
  if (asked === '' && names.length > 1) {
    throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]`);
  }
  if (asked !== '' && !names.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${name}`);
  return { status: 204, headers: { ...noCache }, body: new Uint8Array() };
}
