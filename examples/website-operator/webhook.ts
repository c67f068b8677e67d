import type { Cluster } from 'keelson';
import { type AdmissionWebhook, deny, validatingWebhook } from 'keelson/controller';
import type { Directory } from './directory.js';
import { Website } from './website.js';

/**
 * Refuses a website whose host another one has, while its author is still there to read why. Two requests at once may both pass: the
 * directory decides between them, and a condition tells.
 */
export function hostWebhook(cluster: Cluster, directory: Directory): AdmissionWebhook {
  return validatingWebhook({
    for: Website,
    name: 'host.websites.example.com',
    async validate({ operation, object, oldObject, namespace, name, signal }) {
      if (operation !== 'CREATE' && operation !== 'UPDATE') return;
      const { host } = object.spec;
      if (host === oldObject?.spec.host) return;
      const holder = await directory.holderOf(cluster, host, signal);
      if (holder === undefined || holder === `${namespace}/${name}`) return;
      return deny(`${host} belongs to the website ${holder}: choose another host, or delete that website first`, {
        code: 409,
        reason: 'Conflict',
        causes: [{ reason: 'FieldValueDuplicate', field: 'spec.host', message: `belongs to ${holder}` }],
      });
    },
  });
}
