// Bundle sizes: minified and compressed bytes, which are the same on every machine.
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { summarize } from '../measure.mjs';

const edge = (imports, guard, hono = 'hono') => `
import { Hono } from '${hono}';
${imports}
const app = new Hono();
${guard}
app.get('/hello', (c) => c.text('hello'));
export default app;`;

export const EDGE = 'Hono + zep-auth guard and core';
export const EDGE_TINY = 'hono/tiny + zep-auth guard and core';
export const SDK = '@zep-auth/sdk-auth';
export const SDK_OWN = '@zep-auth/sdk-auth without core';
const HONO = 'Hono alone';

const GUARD = [
  `import { authGuard } from '@zep-auth/server';`,
  `app.use(authGuard({ env: (c) => c.env }));`,
];

const entries = {
  [HONO]: edge('', ''),
  [EDGE]: edge(...GUARD),
  [EDGE_TINY]: edge(...GUARD, 'hono/tiny'),
  'Hono + hono/jwt': edge(
    `import { jwt } from 'hono/jwt';`,
    `app.use((c, next) => jwt({ secret: c.env.SECRET, alg: 'HS256' })(c, next));`,
  ),
  'Hono + jose': edge(
    `import { jwtVerify } from 'jose';`,
    `app.use(async (c, next) => {
      const token = c.req.header('authorization')?.slice(7) ?? '';
      await jwtVerify(token, new TextEncoder().encode(c.env.SECRET), { algorithms: ['HS256'] });
      await next();
    });`,
  ),
  '@zep-auth/core: createVerifier': `export { createVerifier } from '@zep-auth/core';`,
  'jose: jwtVerify': `export { jwtVerify } from 'jose';`,
  'hono/jwt: verify': `export { verify } from 'hono/jwt';`,
  [SDK]: `export * from '@zep-auth/sdk-auth';`,
  [SDK_OWN]: `export * from '@zep-auth/sdk-auth';`,
};

export const tables = { gzip: { title: 'Bundle: minified, gzip -9', base: HONO } };

export const run = async () => {
  const gzip = {};
  const minified = {};
  const packages = {};
  for (const [name, contents] of Object.entries(entries)) {
    const { outputFiles, metafile } = await build({
      stdin: { contents, resolveDir: import.meta.dirname },
      bundle: true,
      external: name === SDK_OWN ? ['@zep-auth/core'] : [],
      minify: true,
      format: 'esm',
      platform: 'browser',
      preserveSymlinks: true, // one copy of hono and jose, as in an application
      metafile: true,
      write: false,
      logLevel: 'error',
    });
    const [{ contents: bytes }] = outputFiles;
    minified[name] = summarize([bytes.length]);
    gzip[name] = summarize([gzipSync(bytes, { level: 9 }).length]);
    const [{ inputs }] = Object.values(metafile.outputs);
    const used = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
    packages[name] = [
      ...new Set(
        used.flatMap(([path]) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
      ),
    ].sort();
  }
  return { gzip, minified, packages };
};
