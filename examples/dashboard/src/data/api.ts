/** An answer of the API server, or of the dashboard's own server, that is not a success. */
export class ApiFailure extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.name = 'ApiFailure';
    this.status = status;
    this.reason = reason;
  }
}

/** The parts of a request besides its path. */
export interface RequestOptions {
  readonly method?: string | undefined;
  readonly body?: unknown;
  /** The media type of the body. Default: JSON. */
  readonly type?: string | undefined;
  readonly accept?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Called when the session has ended. */
type SignOut = () => void;
const signOutListeners = new Set<SignOut>();

/** Calls `listener` when the server no longer knows the session. */
export function onSignedOut(listener: SignOut): void {
  signOutListeners.add(listener);
}

/** Sends a request to the dashboard's server. Throws an `ApiFailure` for an answer that is not a success. */
export async function request(path: string, options: RequestOptions = {}): Promise<Response> {
  const { method = 'GET', body, type = 'application/json', accept = 'application/json', signal } = options;
  const response = await fetch(path, {
    method,
    headers: { accept, ...(body === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  if (response.ok) return response;
  throw await failureOf(response);
}

async function failureOf(response: Response): Promise<ApiFailure> {
  const text = await response.text();
  if (response.status === 401 && text.startsWith('sign in first')) for (const listener of signOutListeners) listener();
  try {
    const { message, reason } = JSON.parse(text) as { message?: string; reason?: string };
    return new ApiFailure(response.status, reason ?? '', message ?? response.statusText);
  } catch {
    return new ApiFailure(response.status, '', text.trim() || response.statusText);
  }
}

/** Returns the text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** One cluster of the kubeconfig. */
export class ClusterApi {
  readonly context: string;

  constructor(context: string) {
    this.context = context;
  }

  /** Returns the address of a path of the API server. */
  url(path: string): string {
    return `/clusters/${encodeURIComponent(this.context)}${path}`;
  }

  send(path: string, options?: RequestOptions): Promise<Response> {
    return request(this.url(path), options);
  }

  async json<T>(path: string, options?: RequestOptions): Promise<T> {
    return (await (await this.send(path, options)).json()) as T;
  }
}
