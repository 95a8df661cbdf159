// Reads the places that list the runtime dependencies: manifests, licenses, lockfile, CONTRIBUTING.md.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, readJson } from './packed-tarballs.ts';

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly bundleDependencies?: unknown;
}

interface Locked extends Manifest {
  readonly hasInstallScript?: boolean;
}

export interface Lockfile {
  readonly packages: Readonly<Record<string, Locked>>;
}

const isOurs = (name: string): boolean => name.startsWith('@zep-auth/');

export const readManifest = (folder: string): Promise<Manifest> =>
  readJson<Manifest>(ROOT, 'packages', folder, 'package.json');

/** What is installed with a package, without ours. */
export const runtimeNamesOf = (manifest: Manifest): readonly string[] =>
  Object.keys({
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    ...manifest.optionalDependencies,
  }).filter((name) => !isOurs(name));

export interface Bundled {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/** The packages that zepcli bundles, from the licenses in it. */
export const readBundled = (thirdParty: string): readonly Bundled[] =>
  thirdParty.split(`\n${'-'.repeat(80)}\n\n`).map((entry) => {
    const [title = '', ...license] = entry.split('\n\n');
    const [, name = '', version = ''] = /^(\S+) (\d\S*) \(.+\)$/.exec(title) ?? [];
    return { name, version, license: license.join('\n\n').trim() };
  });

export interface TableRow {
  readonly name: string;
  /** Which packages use it, and how. */
  readonly places: readonly string[];
}

/** The table of runtime dependencies in CONTRIBUTING.md. */
export const readTable = async (): Promise<readonly TableRow[]> => {
  const text = await readFile(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
  const [, section = ''] = text.split('\n## Runtime dependencies\n');
  const [table = ''] = section.split('\n## ');
  const rows = table.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) => {
    const [, name = '', places = ''] = row.split('|').map((cell) => cell.trim());
    return { name, places: places.split(', ') };
  });
};

/** These names and all their direct and indirect runtime dependencies. */
export const closeOver = (
  { packages }: Lockfile,
  names: readonly string[],
): ReadonlySet<string> => {
  const all = new Set<string>();
  const add = (name: string): void => {
    if (all.has(name)) return;
    all.add(name);
    const places = Object.keys(packages).filter((place) => place.endsWith(`node_modules/${name}`));
    for (const place of places) Object.keys(packages[place]?.dependencies ?? {}).forEach(add);
  };
  names.forEach(add);
  return all;
};
