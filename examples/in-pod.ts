// A program in a pod: it finds the cluster by the pod's service account, and prints what runs beside it.
//
//   node in-pod.js --rbac | kubectl apply -f -      makes the service account and gives it the rights it needs, and no others
//   node in-pod.js                                  in a pod with `serviceAccountName: neighbours`; elsewhere by your kubeconfig
import { connect, isForbidden } from 'keelson';
import { Pod } from 'keelson/k8s';

const rbac = `
apiVersion: v1
kind: ServiceAccount
metadata: { name: neighbours }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: neighbours }
rules:
- { apiGroups: [""], resources: [pods], verbs: [get, list, watch] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: neighbours }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: neighbours }
subjects:
- { kind: ServiceAccount, name: neighbours }
`;

if (process.argv.includes('--rbac')) {
  console.log(rbac.trim());
} else {
  // The token is read again within a minute when the kubelet replaces it, and the CA for each new connection.
  await using cluster = await connect({ userAgent: 'neighbours/1' });
  try {
    for await (const { metadata, status } of cluster.resource(Pod).in(cluster.namespace).list()) {
      console.log(metadata.name.padEnd(40), status?.phase ?? 'Unknown');
    }
  } catch (error) {
    if (!isForbidden(error)) throw error;
    console.error(`${error.message}\nGive the service account its rights: node in-pod.js --rbac | kubectl apply -f -`);
    process.exitCode = 1;
  }
}
