import { X509Certificate } from 'node:crypto';
import { CertificateSigningRequest } from '../../../../generated/certificates.k8s.io/v1.js';
import type { Runnable } from '../../../controller/index.js';
import { isNotFound } from '../../../errors/index.js';
import type { DeepReadonly } from '../../../meta/index.js';
import type { ControllerSetup } from '../base/setup.js';
import { timeOf } from '../base/time-of.js';
import { isIssued } from './request-state.js';

const hourMs = 3_600_000;
/** Requests that were settled stay for an hour, others for a day. */
const settledMs = hourMs;
const openMs = 24 * hourMs;

/** Returns the controller that deletes old requests every hour. */
export function cleanerController({ clock, run }: ControllerSetup): Runnable {
  const name = 'csrcleaner';
  return {
    name,
    async run({ signal, cluster }) {
      const requests = cluster.informer(CertificateSigningRequest);
      try {
        await requests.start({ signal });
        while (!signal.aborted) {
          const old = requests.lister.list().filter((request) => isOld(request, clock.now()));
          for (const { metadata } of old) {
            const deleted = cluster.resource(CertificateSigningRequest).delete(metadata.name, { signal });
            await deleted.catch((error: unknown) => {
              if (signal.aborted || isNotFound(error)) return;
              run.onError(error, { controller: name, key: metadata.name, failures: 1, retried: true });
            });
          }
          await clock.sleep(hourMs, { signal });
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        await requests.stop();
      }
    },
  };
}

/** Reports whether a request has been kept for as long as its state allows. */
function isOld(request: DeepReadonly<CertificateSigningRequest>, now: number): boolean {
  const { conditions = [], certificate = '' } = request.status ?? {};
  const issued = isIssued(request);
  const isPast = (time: string | null | undefined, ms: number): boolean => {
    const since = timeOf(time ?? undefined);
    return since !== undefined && now - since > ms;
  };
  if (conditions.length === 0) return isPast(request.metadata?.creationTimestamp, openMs);
  return conditions.some(({ type, lastUpdateTime }) => {
    switch (type) {
      case 'Denied':
      case 'Failed':
        return isPast(lastUpdateTime, settledMs);
      case 'Approved':
        if (issued && isExpired(certificate, now)) return true;
        return isPast(lastUpdateTime, issued ? settledMs : openMs);
      default:
        return false;
    }
  });
}

function isExpired(certificate: string, now: number): boolean {
  try {
    return now > Date.parse(new X509Certificate(Buffer.from(certificate, 'base64')).validTo);
  } catch {
    return false;
  }
}
