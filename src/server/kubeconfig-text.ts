/** The options of a kubeconfig for a server. */
export interface KubeconfigOptions {
  /** `https://127.0.0.1:6443`. */
  readonly server: string;
  /** PEM. */
  readonly certificateAuthority?: string | undefined;
  readonly token?: string | undefined;
  /** The name of the cluster, user and context. Default: `keelson`. */
  readonly name?: string | undefined;
  /** Default: none, which means `default`. */
  readonly namespace?: string | undefined;
}

/** The text of a kubeconfig with one context. JSON, which every reader of kubeconfigs takes as the YAML it is. */
export function kubeconfigText(options: KubeconfigOptions): string {
  const { name = 'keelson' } = options;
  const ca = options.certificateAuthority;
  const cluster = {
    server: options.server,
    ...(ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
  };
  const context = {
    cluster: name,
    user: name,
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
  };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    users: [{ name, user: options.token === undefined ? {} : { token: options.token } }],
    contexts: [{ name, context }],
    'current-context': name,
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
