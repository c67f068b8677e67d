import { type AdmissionWebhook, deny, validatingWebhook } from 'keelson/controller';
import { Website } from './website.js';

/**
 * Refuses a website whose host another one has, while its author is still there to read why. Two requests at once may both pass: the
 * directory decides between them, and a condition tells. `holderOf` gives the key of the website that has a host.
 */
export function hostWebhook(
  holderOf: (host: string, signal: AbortSignal) => Promise<string | undefined>,
): AdmissionWebhook {
  return validatingWebhook({
    for: Website,
    name: 'host.websites.example.com',
    async validate({ operation, object, oldObject, namespace, name, signal }) {
      if (operation !== 'CREATE' && operation !== 'UPDATE') return;
      const { host } = object.spec;
      if (host === oldObject?.spec.host) return;
      const holder = await holderOf(host, signal);
      if (holder === undefined || holder === `${namespace}/${name}`) return;
      return deny(`${host} belongs to the website ${holder}: choose another host, or delete that website first`, {
        code: 409,
        reason: 'Conflict',
        causes: [{ reason: 'FieldValueDuplicate', field: 'spec.host', message: `belongs to ${holder}` }],
      });
    },
  });
}
