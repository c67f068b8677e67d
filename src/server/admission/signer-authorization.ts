import type { Operation } from '../object/server-context.js';

/**
 * Returns whether the caller may `approve`, `sign` or `attest` for a signer: by its full name, or for all signers of its domain
 * (`example.com/*`). (kube-apiserver's `certauthorization`.)
 */
export async function isAuthorizedForSignerName(
  { server, user }: Operation,
  verb: 'approve' | 'sign' | 'attest',
  signerName: string,
): Promise<boolean> {
  const may = async (name: string): Promise<boolean> => {
    const about = { group: 'certificates.k8s.io', version: '*', resource: 'signers', subresource: '', namespace: '' };
    return (await server.authorizer.authorize({ user, verb, path: '', resource: { ...about, name } })).allowed;
  };
  return (await may(signerName)) || may(`${signerName.split('/', 1)[0]}/*`);
}
