/** A server that this server asks, as the kubeconfig of a webhook describes it. */
export interface WebhookBackend {
  /** An https URL. */
  readonly url: string;
  /** The authorities of its certificate, in PEM. Default: those of the system. */
  readonly ca?: string | undefined;
  /** The certificate that this server shows, and its key, in PEM. */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  /** The bearer token that this server sends. */
  readonly token?: string | undefined;
}
