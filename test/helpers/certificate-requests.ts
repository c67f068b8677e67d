import { generateKeyPairSync, sign } from 'node:crypto';
import { bitString, integer, objectId, sequence, set, tagged, pem as toPem, utf8String } from '../../src/x509/der.js';

const pem = (...lines: readonly string[]) =>
  `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join('\n')}\n-----END CERTIFICATE REQUEST-----\n`;

// Requests made by openssl, whose keys nobody has any more.

/** RSA: O=dev, O=ops, CN=jane. */
export const rsaRequest = pem(
  'MIICcDCCAVgCAQAwKzEMMAoGA1UECgwDZGV2MQwwCgYDVQQKDANvcHMxDTALBgNVBAMMBGphbmUwggEiMA0GCSqGSIb3DQEBAQUA',
  'A4IBDwAwggEKAoIBAQDL7OxOpb7MOrumk4QQwmC9v1pU9YAgswf4cE7/ixIir+ik0sVdZbPHZZiOjKcUdzsYV2O6VS2CrvLHDi92',
  'tB+kRtLpJdfYX5Y6wCf1bwDf2y0wBUf72F7uTlZdKtOVJwxd0lBhgZk9ld/0HvWAr/K7EZc+dnKV7ccDJ4NIk8VWMtwVsmwVrznC',
  'MYERvSp5ydHUbo4YHoNpQ+2uvonqmOvy4d4Jkx/DPac1Cq9cmUdeMj69IYn39Nz9jOsbjckOB3tpJZ2KV8iooZ/NO4oHjRsjh6Oc',
  'j5MWiAJqvOqLQ0zonGek//pQVB+3sqeECtM9zbBJ/6ZkWf7YjrYtithJECJHAgMBAAGgADANBgkqhkiG9w0BAQsFAAOCAQEAIQDN',
  'OcoAsi7iFKwzLysqDgqS0CkEiWYYMCOszO811I7C5LKZQ9MsRgkEZM6O2HoJzv2VD1mq1ObxTGPOZb3s8Ow4N/05EgFx3V6bt2tq',
  'Rp5tK3BGlXhlcGWgejWqfJY8cW+FzwNUBZBuGValYtoMhUNg51VWPBBTiL+/zMvJeqSVW7akdetHRgxFJ5KEufdDMK/Xk9T8uAKW',
  'bj4IT6HgNHE4UmUFUy9gLv0fBvwvmcipYgEsGGp6fcYKB9xw7oXnIin850GzY8eJUXwd5LN3fMMxs6SD7uMdQn3q8EzMz17CPfQU',
  '1BUsRrGxxjFDeDPj4N4Aw6hkBhNIS4UImZB1hA==',
);

/** ECDSA on P-256: O=system:nodes, CN=system:node:n1, for the names n1 and 10.0.0.1. */
export const ecdsaRequest = pem(
  'MIIBEjCBuAIBADAwMRUwEwYDVQQKDAxzeXN0ZW06bm9kZXMxFzAVBgNVBAMMDnN5c3RlbTpub2RlOm4xMFkwEwYHKoZIzj0CAQYI',
  'KoZIzj0DAQcDQgAE5Tjby0U/ky99bJl88BFhCcNOXz9PsCFaTpQpMdaRczHNHZvX5FOHXsojTPD1J5H/QMk+hMEpjUitm1i4in8b',
  '1aAmMCQGCSqGSIb3DQEJDjEXMBUwEwYDVR0RBAwwCoICbjGHBAoAAAEwCgYIKoZIzj0EAwIDSQAwRgIhAM7QsBOnWY4hbdeLORAE',
  'UCI5HNItDkaLFdI8+11O2qAyAiEA7Yh8ISUJkqrYjjdVtJwMOMLqxalDVb+KeOCktsb8jZs=',
);

/** Ed25519: O=system:nodes, CN=system:node:n2. */
export const ed25519Request = pem(
  'MIGvMGMCAQAwMDEVMBMGA1UECgwMc3lzdGVtOm5vZGVzMRcwFQYDVQQDDA5zeXN0ZW06bm9kZTpuMjAqMAUGAytlcAMhADvCjYPY',
  '92+5lDVxzzMoFH+riHr7MNGJp7B34P0r2zDnoAAwBQYDK2VwA0EAeskk6q/WYCqslbq9THqQBbYbtF6LYq6ndgvf83OYylL9xbYT',
  '/9ojiD8vKaibqa08ldz6MIbvqHDhLHl6QLnZCQ==',
);

/** Makes a request for the client certificate of a user. */
export function requestOf(commonName: string): { request: string; privateKey: string } {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = sequence(
    integer(Buffer.of(0)),
    sequence(set(sequence(objectId('2.5.4.3'), utf8String(commonName)))),
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0, Buffer.alloc(0), true),
  );
  const signature = bitString(sign('sha256', body, keys.privateKey));
  return {
    request: toPem('CERTIFICATE REQUEST', sequence(body, sequence(objectId('1.2.840.10045.4.3.2')), signature)),
    privateKey: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
