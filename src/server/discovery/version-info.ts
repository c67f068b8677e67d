import { factsIndex } from '../scheme/facts.js';

/** `/version`: the version of the API that is served, which is that of the facts. */
export function versionInfo(): { [field: string]: string } {
  const [major = '1', minor = '0'] = factsIndex().version.split('.');
  return {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: String(Number(minor) - 1),
    gitVersion: `v${major}.${minor}.0+keelson`,
    gitCommit: '',
    gitTreeState: '',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: 'v8',
    platform: `${process.platform}/${process.arch}`,
  };
}
