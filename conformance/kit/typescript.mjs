// Type-checks and loads the TypeScript of an example, with the compiler and the bundler of this repository.
import { execFileSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const OPTIONS = {
  target: 'es2023',
  module: 'esnext',
  moduleResolution: 'bundler',
  lib: 'es2024,dom,dom.iterable',
  types: 'node',
};

/** Fails with the compiler's words unless files of a folder have no type errors; without `files`, its tsconfig.json names them. */
export const checkTypes = (folder, files, options = {}) => {
  const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
  const flags = Object.entries({ ...OPTIONS, ...options }).flatMap(([name, value]) => [
    `--${name}`,
    value,
  ]);
  const named = files ? ['--ignoreConfig', '--strict', ...flags, ...files] : ['-p', folder];
  try {
    execFileSync(process.execPath, [tsc, '--noEmit', '--skipLibCheck', ...named], {
      cwd: folder,
      encoding: 'utf8',
    });
  } catch (error) {
    throw new Error(`type errors:\n${error.stdout}`);
  }
};

/** Bundles a file of an example for Node, its packages apart, and returns the path of the bundle. */
export const compile = async (folder, entry, options = {}) => {
  const outfile = join(
    folder,
    'node_modules/.compiled',
    `${basename(entry).replace(/\.\w+$/, '')}.mjs`,
  );
  await build({
    entryPoints: [join(folder, entry)],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    ...options,
  });
  return outfile;
};

/** Imports a TypeScript file of an example. */
export const load = async (folder, entry) =>
  import(pathToFileURL(await compile(folder, entry)).href);
