/** One kubeconfig file, checked: the fields (client-go's `clientcmd/api/v1.Config`) that say how to connect. */
export interface KubeconfigFile {
  'current-context': string | undefined;
  clusters: { name: string; cluster: KubeconfigCluster | undefined }[];
  users: { name: string; user: KubeconfigUser | undefined }[];
  contexts: { name: string; context: KubeconfigContext | undefined }[];
}

/** Where a server is, and how to know it. */
export interface KubeconfigCluster {
  server: string | undefined;
  'certificate-authority': string | undefined;
  'certificate-authority-data': string | undefined;
  'insecure-skip-tls-verify': boolean | undefined;
  'tls-server-name': string | undefined;
  'proxy-url': string | undefined;
  'disable-compression': boolean | undefined;
  extensions: { name: string; extension: unknown }[];
}

/** The user's credentials. */
export interface KubeconfigUser {
  token: string | undefined;
  tokenFile: string | undefined;
  username: string | undefined;
  password: string | undefined;
  'client-certificate': string | undefined;
  'client-certificate-data': string | undefined;
  'client-key': string | undefined;
  'client-key-data': string | undefined;
  as: string | undefined;
  'as-uid': string | undefined;
  'as-groups': string[];
  'as-user-extra': Record<string, string[]> | undefined;
  exec: KubeconfigExec | undefined;
  'auth-provider': { name: string; config: Record<string, string> | undefined } | undefined;
}

/** A program that says who to be (the `ExecCredential` protocol). */
export interface KubeconfigExec {
  apiVersion: string | undefined;
  command: string | undefined;
  args: string[];
  env: { name: string; value: string }[];
  installHint: string | undefined;
  provideClusterInfo: boolean | undefined;
  interactiveMode: 'Never' | 'IfAvailable' | 'Always' | undefined;
}

/** A cluster and a user under one name. */
interface KubeconfigContext {
  cluster: string | undefined;
  user: string | undefined;
  namespace: string | undefined;
}
