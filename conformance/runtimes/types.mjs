// Type-checks what a client is assignable to, by the types of each runtime.
// Never on the sources: on the declarations, as they are published.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const tsc = here('../../node_modules/typescript/bin/tsc');
const compile = (name) => run(process.execPath, [tsc, '-p', here(`types/${name}.json`)]);

/** Deno reads declarations as they are meant only where the packages are installed, and not linked. */
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

/** What is wrong with the types, for each of them that is not right. */
export const checkTypes = async (deno, folder) => {
  const checks = {
    DOM: () => compile('dom'),
    Node: () => compile('node'),
    Workers: () => compile('workers'),
  };
  if (deno !== undefined) checks.Deno = () => checkInDeno(deno, folder);
  const failed = [];
  for (const [name, check] of Object.entries(checks)) {
    await check().catch(({ message, stdout }) =>
      failed.push(`types of ${name}: ${message}\n${stdout}`),
    );
  }
  return { names: Object.keys(checks), failed };
};
