// What a zepcli contains, as CycloneDX 1.5: in a bundle, `npm audit` cannot see it.
import { readFileSync } from 'node:fs';

const readText = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');
const { version } = JSON.parse(readText('package.json'));

export const toComponent = (name, version, license, integrity) => ({
  type: 'library',
  'bom-ref': `${name}@${version}`,
  name,
  version,
  purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
  licenses: [{ license: { id: license } }],
  hashes: [{ alg: 'SHA-512', content: Buffer.from(integrity.slice(7), 'base64').toString('hex') }],
});

/** The packages that the build lists in THIRD-PARTY.txt, with the hashes of the lockfile, and what is given. */
export const createSbom = (runtimes) => {
  const locked = Object.entries(JSON.parse(readText('../../package-lock.json')).packages);
  const bundled = [...readText('dist/THIRD-PARTY.txt').matchAll(/^(\S+) (\d\S*) \((\S+)\)$/gm)];
  const names = new Map(bundled.map(([line, ...found]) => [line, found]));
  const libraries = [...names.values()].map(([name, version, license]) => {
    const isIt = ([path, entry]) =>
      path.endsWith(`node_modules/${name}`) && entry.version === version;
    const integrity = locked.find(isIt)?.[1].integrity;
    if (!integrity?.startsWith('sha512-')) throw new Error(`no hash of ${name} ${version}`);
    return toComponent(name, version, license, integrity);
  });
  const component = { type: 'application', name: '@zep-auth/cli', version };
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component },
    components: [...libraries, ...runtimes],
  };
};
