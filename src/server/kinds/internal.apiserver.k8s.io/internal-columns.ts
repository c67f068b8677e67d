import type { StorageVersion } from '../../../../generated/internal.apiserver.k8s.io/v1alpha1.js';
import type { Column } from '../../object/column.js';
import { columnsFor, nameColumn } from '../../table/common-columns.js';
import { ageColumn, atMost } from '../../table/format.js';

const storageVersion = columnsFor<StorageVersion>();

/** The columns of the kinds of the group, by `group/Kind`. */
export const internalColumns: { readonly [kind: string]: readonly Column[] } = {
  'internal.apiserver.k8s.io/StorageVersion': [
    nameColumn,
    storageVersion.text(
      'CommonEncodingVersion',
      'Version all servers write.',
      ({ status }) => status?.commonEncodingVersion ?? '<unset>',
    ),
    storageVersion.text('StorageVersions', 'Version each server writes.', ({ status }) =>
      atMost(
        (status?.storageVersions ?? []).map((each) => `${each.apiServerID}=${each.encodingVersion}`),
        3,
        '<unset>',
      ),
    ),
    ageColumn,
  ],
};
