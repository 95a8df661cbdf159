// The size and the contents of bundles for Workers and pages, from the built packages.
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const bundle = async (contents: string, external: string[] = []) => {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    external,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    metafile: true,
    write: false,
  });
  const text = outputFiles[0]?.text ?? '';
  const contributions = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs),
  );
  const inputs = contributions.filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return {
    text,
    inputs: inputs.map(([path]) => path).join('\n'),
    gzipBytes: gzipSync(text, { level: 9 }).length,
  };
};

// Bundling for `neutral` fails on an imported Node module; this also finds one that is only named.
const NODE_IMPORT = /(?:from|import|require\()\s*["']node:/;

const edgeApp = (hono: string): string => `
  import { Hono } from '${hono}';
  import { authGuard } from '@zep-auth/server';
  export default new Hono().use(authGuard({ env: (c) => c.env }));`;

describe.each([
  {
    name: 'the guard on the edge: Hono, server and core',
    code: edgeApp('hono'),
    maxGzipBytes: 24 * 1024,
    absent: [/yargs/, /undici/, /dotenv/, NODE_IMPORT],
    foreign: /yargs|undici|dotenv|node-server|server\/dist\/(?:mcp|openapi|testing)\./,
  },
  {
    name: 'the guard on the edge with the small preset of Hono',
    code: edgeApp('hono/tiny'),
    maxGzipBytes: 22 * 1024,
    absent: [/yargs/, /undici/, /dotenv/, NODE_IMPORT],
    foreign: /yargs|undici|dotenv|node-server|server\/dist\/(?:mcp|openapi|testing)\./,
  },
  {
    name: 'a verifier',
    code: `export { createVerifier } from '@zep-auth/core';`,
    maxGzipBytes: 10 * 1024,
    absent: [/hono/i, NODE_IMPORT],
    foreign: /hono|yargs/,
  },
  {
    name: 'the client: sdk-auth, its own code',
    code: `export * from '@zep-auth/sdk-auth';`,
    external: ['@zep-auth/core'],
    maxGzipBytes: 3.5 * 1024,
    absent: [/from\s*"(?!@zep-auth\/core\/client")/, NODE_IMPORT],
    foreign: /node_modules|packages\/core/,
  },
  {
    name: 'the client: sdk-auth, with what it uses of core',
    code: `export * from '@zep-auth/sdk-auth';`,
    maxGzipBytes: 3.8 * 1024,
    absent: [/jose/i, /HMAC/i, /subtle/, NODE_IMPORT],
    foreign: /node_modules/,
  },
  {
    name: 'the client that signs for itself: sdk-auth/self-signed',
    code: `export * from '@zep-auth/sdk-auth/self-signed';`,
    maxGzipBytes: 9 * 1024,
    absent: [/hono/i, NODE_IMPORT],
    foreign: /hono|yargs|server/,
  },
])('$name', ({ code, external, maxGzipBytes, absent, foreign }) => {
  const bundled = bundle(code, external);

  it(`is at most ${maxGzipBytes} bytes, minified and compressed`, async () => {
    const { gzipBytes } = await bundled;
    expect(gzipBytes).toBeGreaterThan(500);
    expect(gzipBytes).toBeLessThanOrEqual(maxGzipBytes);
  });

  it('contains nothing that does not belong there', async () => {
    const { text, inputs } = await bundled;
    for (const pattern of absent) expect(text).not.toMatch(pattern);
    expect(inputs).not.toMatch(foreign);
  });
});
