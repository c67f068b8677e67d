/**
 * The difference between the keys and values of this server and those that kube-apiserver keeps in etcd. The server's scheme
 * implements it; the store knows nothing of kinds.
 */
export interface Translation {
  /** Returns the key in etcd of a key or of the end of a range. */
  toEtcd(key: string): string;
  /** Returns the server's key of a key in etcd, undefined for keys that the server does not read. */
  fromEtcd(key: string): string | undefined;
  /** Returns the value in etcd of an object to store. */
  encode(key: string, value: Uint8Array): Uint8Array;
  /** Returns the server's form of a value in etcd. Throws for a value that it cannot read. */
  decode(key: string, value: Uint8Array): Uint8Array;
}
