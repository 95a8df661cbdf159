// Builds the page into a folder, and serves only the page's files from it.
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const FILES = new Map([
  ['/', ['index.html', 'text/html; charset=utf-8']],
  ['/page.css', ['page.css', 'text/css; charset=utf-8']],
  ['/page.js', ['page.js', 'text/javascript; charset=utf-8']],
]);

/** Builds the page. Its script is not minified, so that users can read it. */
export const buildInto = async (folder) => {
  if (!existsSync(here('node_modules/@zep-auth/core/dist'))) {
    throw new Error('the packages are not built: run `npx turbo run build` at the root');
  }
  await mkdir(folder, { recursive: true });
  await build({
    entryPoints: [here('src/page.ts'), here('src/page.css')],
    outdir: folder,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    charset: 'utf8',
    logLevel: 'warning',
  });
  for (const name of ['index.html', '_headers']) {
    await copyFile(here(`src/${name}`), join(folder, name));
  }
};

/** Reads the headers from the file `_headers`, which static hosts use too. */
export const readHeaders = async (folder) => {
  const text = await readFile(join(folder, '_headers'), 'utf8');
  return new Headers(
    Array.from(text.matchAll(/^ +([\w-]+): (.+)$/gm), ([, name, value]) => [name, value]),
  );
};

/** Creates a server for a built folder. */
export const createPageServer = (folder, headers) =>
  createServer(async ({ url }, response) => {
    const [name, type] = FILES.get(url) ?? [];
    response.setHeaders(headers);
    if (name === undefined) return response.writeHead(404).end('This file does not exist.\n');
    response.setHeader('Content-Type', type);
    response.end(await readFile(join(folder, name)));
  });
