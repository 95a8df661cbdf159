// Type-checks a client against the types of each runtime, using the built declarations.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { REACT_NATIVE, unpackReactNative } from './client-hosts.mjs';

const run = promisify(execFile);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const tsc = here('../../node_modules/typescript/bin/tsc');
const compile = (name) => run(process.execPath, [tsc, '-p', here(`types/${name}.json`)]);

/** Deno reads the declarations correctly only from installed packages, not from links. */
const checkInDeno = async (binary, folder) => {
  for (const name of ['core', 'sdk-auth']) {
    const installed = join(folder, 'node_modules/@zep-auth', name);
    mkdirSync(installed, { recursive: true });
    for (const part of ['dist', 'package.json']) {
      cpSync(here(`../../packages/${name}/${part}`), join(installed, part), { recursive: true });
    }
  }
  const files = ['assignable.ts', 'socket.ts'];
  for (const file of files) cpSync(here(`types/${file}`), join(folder, file));
  const dependencies = { '@zep-auth/core': '*', '@zep-auth/sdk-auth': '*' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', dependencies }));
  const flags = ['--node-modules-dir=manual', '--no-lock', '--no-remote', '--quiet'];
  await run(binary, ['check', ...flags, ...files], { cwd: folder });
};

/** The types of React Native's globals, in place of the DOM's. */
const checkInReactNative = async (version, out) => {
  const folder = await unpackReactNative(version);
  const globals = ['src/types', 'types/modules'].map((path) => join(folder, path, 'globals.d.ts'));
  const config = join(out, `react-native-${version}.json`);
  const compilerOptions = { types: [], skipLibCheck: true }; // as in React Native's own template
  const files = [here('types/assignable.ts'), globals.find(existsSync)];
  const extended = { extends: here('types/node.json'), compilerOptions, files };
  writeFileSync(config, JSON.stringify(extended));
  await run(process.execPath, [tsc, '-p', config]);
};

/** Returns the checked runtimes, and an error for each one that failed. */
export const checkTypes = async (deno, out) => {
  const checks = {
    DOM: () => compile('dom'),
    'a worker of a page': () => compile('webworker'),
    Node: () => compile('node'),
    Workers: () => compile('workers'),
    Bun: () => compile('bun'),
  };
  for (const version of Object.keys(REACT_NATIVE)) {
    checks[`React Native ${version}`] = () => checkInReactNative(version, out);
  }
  if (deno !== undefined) checks.Deno = () => checkInDeno(deno, join(out, 'deno'));
  const failed = [];
  for (const [name, check] of Object.entries(checks)) {
    await check().catch(({ message, stdout }) =>
      failed.push(`types of ${name}: ${message}\n${stdout}`),
    );
  }
  return { names: Object.keys(checks), failed };
};
