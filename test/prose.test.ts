import { describe, expect, it } from 'vitest';
import { guideFaults, type ProseFault, sourceFaults } from './helpers/prose-faults.js';
import { filesUnder, readRepoFile } from './helpers/repo.js';

/** Folders and files whose English was not yet edited to docs/writing.md. Entries only leave this list. */
const UNEDITED: readonly string[] = [];

const say = ({ file, line, rule, text }: ProseFault) => `${file}:${line} ${rule}: ${text.replaceAll('\n', ' ')}`;
const isEdited = (file: string) => !UNEDITED.some((place) => file === place || file.startsWith(`${place}/`));
const chosen = process.env.KEELSON_PROSE;
const wanted = (file: string) => (chosen === undefined ? isEdited(file) : file.startsWith(chosen));

describe('English', () => {
  it('is plain in every comment of the sources, the examples, the tests and the generated types', () => {
    const files = ['src', 'examples', 'test', 'generated']
      .flatMap((folder) => filesUnder(folder, '.ts'))
      .filter(wanted);
    expect(files.flatMap((file) => sourceFaults(file, readRepoFile(file))).map(say)).toEqual([]);
  });

  it('is plain in every guide', () => {
    const guides = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...filesUnder('docs', '.md')].filter(
      (path) => wanted(path) && !path.startsWith('docs/site/'),
    );
    expect(guides.flatMap((file) => guideFaults(file, readRepoFile(file))).map(say)).toEqual([]);
  });

  it('is checked by rules that find what they are for', () => {
    const rules = (comment: string) => sourceFaults('x.ts', comment).map(({ rule }) => rule.split(' ')[0]);
    expect(rules('/** What is left of a list. */ const a = 1;')).toEqual(['begins']);
    expect(rules('// It is no URL.\nconst a = 1;')).toEqual(['says']);
    expect(rules(`/** Returns ${'very '.repeat(31)}much. */ const a = 1;`)).toEqual(['has']);
    expect(rules('/** Returns the pod. It is not a URL. */ const a = "Nobody is no one";')).toEqual([]);
  });
});
