import type { Clock } from '../util/clock.js';
import { EtcdTranslation } from './scheme/etcd-translation.js';
import { ServedScheme } from './scheme/scheme.js';
import type { Encryption } from './storage/encryption/encryption.js';
import type { EtcdEndpoints } from './storage/etcd/etcd-client.js';
import { EtcdStorage, type ExpiringKeys } from './storage/etcd/etcd-storage.js';
import type { Storage } from './storage/storage.js';

/** The etcd that a server keeps its objects in. Other API servers may use it at the same time. */
export interface EtcdOptions extends EtcdEndpoints {
  /** The prefix of all keys, without a slash at the end. Default: `/registry`, as kube-apiserver. */
  readonly prefix?: string | undefined;
}

/** The server's part in it. */
export interface EtcdServerOptions {
  readonly runtimeConfig?: string | undefined;
  /** The keys that etcd deletes some time after their last write. */
  readonly expiring: readonly ExpiringKeys[];
  readonly clock?: Clock | undefined;
  readonly encryption?: Encryption | undefined;
}

/** Connects to etcd. Throws a `StorageError` if it does not answer, or if gRPC is not installed. */
export async function openEtcd(etcd: EtcdOptions, options: EtcdServerOptions): Promise<Storage> {
  const translation = new EtcdTranslation(new ServedScheme(options.runtimeConfig).storedResources());
  return EtcdStorage.open({
    ...etcd,
    translation,
    clock: options.clock,
    encryption: options.encryption,
    expiring: options.expiring,
  });
}
