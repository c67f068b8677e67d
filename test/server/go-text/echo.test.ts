import { describe, expect, it } from 'vitest';
import { externalEcho, internalDiff, internalEcho, mapEcho } from '../../../src/server/go-text/echo.js';
import { invalidValue } from '../../../src/server/object/field-error.js';

describe('a value that an error quotes', () => {
  it('has Go names, and null for lists and pointers that are not set', () => {
    const spec = { attacher: 'csi.example.com', nodeName: 'n1' };
    expect(internalEcho('storage/v1.VolumeAttachmentSpec', spec).text).toBe(
      '{"Attacher":"csi.example.com","Source":{"PersistentVolumeName":null,"InlineVolumeSpec":null},"NodeName":"n1"}',
    );
  });

  it('keeps the names of types that clients know, with sorted maps', () => {
    expect(externalEcho('apis/meta/v1.LabelSelector', { matchLabels: { b: '1', a: '<' } }).text).toBe(
      '{"matchLabels":{"a":"\\u003c","b":"1"}}',
    );
    expect(mapEcho({ b: '1', a: '2' }).text).toBe('{"a":"2","b":"1"}');
    expect(mapEcho(undefined).text).toBe('null');
  });

  it('embeds metadata, and moves what a pod shares with its host into its security context', () => {
    const template = { metadata: { labels: { a: 'b' } }, spec: { hostPID: true, serviceAccount: 'x' } };
    const { text } = internalEcho('core/v1.PodTemplateSpec', template);
    expect(text).toMatch(/^\{"labels":\{"a":"b"\},"Spec":\{"Volumes":null,"InitContainers":null,"Containers":null,/);
    expect(text).toContain('"SecurityContext":{"HostNetwork":false,"HostPID":true,"HostIPC":false,');
    expect(text).not.toContain('"ServiceAccount":');
  });

  it('is quoted as Go quotes texts', () => {
    expect(invalidValue('f', 'a\u0000b', 'no').message).toBe('Invalid value: "a\\x00b": no');
  });

  it('shows what changed as a unified diff', () => {
    const before = { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }] } };
    const after = { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'b', operator: 'Exists' }] }] } };
    expect(internalDiff('core/v1.VolumeNodeAffinity', before, after)).toBe(
      [
        '@@ -4,7 +4,7 @@',
        '    {',
        '     "MatchExpressions": [',
        '      {',
        '-      "Key": "a",',
        '+      "Key": "b",',
        '       "Operator": "Exists",',
        '       "Values": null',
        '      }',
        '',
      ].join('\n'),
    );
  });
});
