import { errorResponse } from '../http/respond.js';
import { header, type ServerRequest, type ServerResponse } from '../object/message.js';
import { methodNotAllowed } from '../object/status-error.js';
import type { TokenAuthority } from '../tokens/token-authority.js';

/** Answers `/.well-known/openid-configuration` and `/openid/v1/jwks`, which let others check tokens. Undefined for other paths. */
export async function issuerResponse(
  tokens: TokenAuthority,
  segments: readonly string[],
  request: ServerRequest,
): Promise<ServerResponse | undefined> {
  const path = segments.join('/');
  const isConfiguration = path === '.well-known/openid-configuration';
  if (!isConfiguration && path !== 'openid/v1/jwks') return undefined;
  const configuration = tokens.discovery(header(request, 'host'));
  if (configuration === undefined) return undefined;
  if (request.method !== 'GET' && request.method !== 'HEAD') return errorResponse(methodNotAllowed());
  const headers = {
    'content-type': isConfiguration ? 'application/json' : 'application/jwk-set+json',
    'cache-control': 'public, max-age=3600',
  };
  const document = isConfiguration ? configuration : tokens.keySet();
  return { status: 200, headers, body: new TextEncoder().encode(JSON.stringify(document)) };
}
