import { noCache } from '../../http/respond.js';
import type { ServerResponse } from '../../object/message.js';
import { nameOf, type ResourceRequest } from '../../object/server-context.js';
import { decodeStored } from '../../scheme/stored.js';
import { readExisting } from '../get.js';
import { checkContainer } from './streams.js';

/** GET of `pods/{name}/log`: nothing runs here, so that no pod has said anything. */
export async function podLog(request: ResourceRequest): Promise<ServerResponse> {
  const name = nameOf(request);
  const pod = decodeStored(await readExisting(request, name), request.resource);
  checkContainer(pod, name, request.query.get('container') ?? '');
  return { status: 204, headers: { ...noCache }, body: new Uint8Array() };
}
