import type { EndpointSlice } from '../../../../generated/discovery.k8s.io/v1.js';
import type { Column } from '../../object/column.js';
import { columnsFor, nameColumn } from '../../table/common-columns.js';
import { ageColumn, atMost } from '../../table/format.js';

const slice = columnsFor<EndpointSlice>();

/** The columns of the kinds of the group, by `group/Kind`. */
export const discoveryColumns: { readonly [kind: string]: readonly Column[] } = {
  'discovery.k8s.io/EndpointSlice': [
    nameColumn,
    slice.text('AddressType', 'What kind of addresses.', ({ addressType }) => addressType),
    slice.text('Ports', 'Ports of the endpoints.', ({ ports }) =>
      atMost(
        (ports ?? []).map(({ port, name }) => String(port ?? name ?? '*')),
        3,
        '<unset>',
      ),
    ),
    slice.text('Endpoints', 'Addresses.', ({ endpoints }) =>
      atMost(
        (endpoints ?? []).flatMap(({ addresses }) => addresses ?? []),
        3,
        '<unset>',
      ),
    ),
    ageColumn,
  ],
};
