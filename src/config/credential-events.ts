import { channel } from 'node:diagnostics_channel';

/** Told on the channel `keelson:credentials` whenever credentials were got anew. Holds nothing secret. */
export interface CredentialEvent {
  readonly source: 'exec' | 'oidc' | 'token-file' | 'custom';
  /** The plugin's command, the issuer, or the file. */
  readonly name: string;
  readonly outcome: 'success' | 'failure';
  /** In words of client-go's `rest_client_exec_plugin_call_total`; only for `exec`. */
  readonly callStatus?:
    | 'no_error'
    | 'plugin_execution_error'
    | 'plugin_not_found_error'
    | 'client_internal_error'
    | undefined;
  /** The plugin's exit code; only for `exec`. */
  readonly exitCode?: number | undefined;
  /** When they expire, in milliseconds since the epoch. */
  readonly expiresAtMs?: number | undefined;
  /** When the client certificate among them ends, if there is one; only for `exec`. */
  readonly certificateExpiresAtMs?: number | undefined;
}

const credentials = channel('keelson:credentials');

/** Tells whoever listens on `keelson:credentials`. */
export function publishCredentials(event: CredentialEvent): void {
  if (credentials.hasSubscribers) credentials.publish(event);
}
