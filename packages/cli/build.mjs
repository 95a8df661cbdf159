// Bundles zepcli with all that it uses: it starts faster, and nothing else has to be installed.
// Never leaves out whose work it contains: their licenses come along.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'esbuild';

/**
 * Node's `assert` reads and parses the source around a failed assertion. In a bundle that is one line of many kilobytes,
 * and an upstream whose answer undici does not expect could stop the gate for seconds.
 */
const plainAssert = {
  name: 'plain-assert',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^(?:node:)?assert$/ }, ({ importer }) =>
      /node_modules[\\/]undici[\\/]/.test(importer)
        ? { path: resolve('src/serve/plain-assert.cjs') }
        : undefined,
    ),
};

rmSync('dist', { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ['src/bin.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true, // a command's own code is loaded when it runs
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  conditions: ['@zep-auth/source'],
  plugins: [plainAssert],
  external: ['supports-color'], // which debug, below ioredis, looks for and does without
  banner: {
    // Some of the packages are CommonJS and call `require`.
    js: "import{createRequire as toRequire}from'node:module';const require=toRequire(import.meta.url);",
  },
  metafile: true,
  logLevel: 'warning',
});

const packages = Object.keys(metafile.inputs).flatMap(
  (input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? [],
);
const licenses = [...new Set(packages)].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text =
    file && existsSync(`${folder}/${file}`) ? readFileSync(`${folder}/${file}`, 'utf8') : '';
  return `${name} ${version} (${license})\n\n${text.trim()}\n`;
});
writeFileSync('dist/THIRD-PARTY.txt', licenses.join(`\n${'-'.repeat(80)}\n\n`));
