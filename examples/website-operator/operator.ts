import type { Clock, Cluster, Random } from 'keelson';
import {
  EventRecorder,
  type HealthServerOptions,
  Manager,
  type WebhookCertificate,
  WebhookServer,
} from 'keelson/controller';
import { install } from 'keelson/crd';
import { type WebsiteControllerOptions, websiteController } from './controller.js';
import { Directory } from './directory.js';
import { hostWebhook } from './webhook.js';
import { Website } from './website.js';

/** The options of the operator. */
export interface OperatorOptions extends Pick<WebsiteControllerOptions, 'concurrency' | 'onError'> {
  /** Where its Lease and its directory live. */
  readonly namespace: string;
  /** The name of this replica in the Lease. Default: the host's name and a random part. */
  readonly identity?: string | undefined;
  /** Where health and metrics are served. Default: nowhere. */
  readonly health?: HealthServerOptions | undefined;
  /** The webhook's certificate and address. Default: no webhook is served. */
  readonly webhook?:
    | { readonly certificate: WebhookCertificate; readonly port?: number; readonly host?: string }
    | undefined;
  /** False: signals of the process are left alone, as in a test. Default true. */
  readonly handleSignals?: boolean | undefined;
  /** Where time and chance come from. Default: the system. */
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** The operator, put together: run it in as many replicas as you like, one acts. */
export class WebsiteOperator {
  /** Answers the API server's questions about websites, on every replica. Undefined where no webhook is served. */
  readonly webhooks: WebhookServer | undefined;
  readonly #cluster: Cluster;
  readonly #recorder: EventRecorder;
  readonly #manager: Manager;

  constructor(cluster: Cluster, options: OperatorOptions) {
    const { namespace, identity, health, webhook, clock, random, handleSignals, ...controller } = options;
    const directory = new Directory({ namespace, name: 'website-directory' });
    const recorder = new EventRecorder(cluster, { controller: 'example.com/website-operator', clock, random });
    const host = hostWebhook((name, signal) => directory.holderOf(cluster, name, signal));
    const webhooks = webhook && new WebhookServer({ ...webhook, webhooks: [host], clock });
    this.#cluster = cluster;
    this.#recorder = recorder;
    this.webhooks = webhooks;
    this.#manager = new Manager(cluster, {
      controllers: [websiteController({ ...controller, directory, recorder, clock })],
      runnables: webhooks ? [{ name: 'webhooks', needsLeader: false, run: (running) => webhooks.run(running) }] : [],
      leaderElection: { name: 'website-operator', namespace, identity },
      server: health,
      handleSignals,
    });
  }

  /** True if this replica acts. */
  get acts(): boolean {
    return this.#manager.acts;
  }

  /** Runs until `signal` aborts or the process is asked to end. Rejects when leadership was lost: end the process then. */
  async run({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    await install(this.#cluster, [Website], { signal });
    try {
      await this.#manager.run({ signal });
    } finally {
      await this.#recorder.close();
    }
  }
}
