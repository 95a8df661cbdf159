// Bundles zepcli with all that it uses, so that it starts quickly and installs nothing else: one CommonJS file for the
// program and one for each module that is loaded on demand. THIRD-PARTY.txt has the licenses of what they contain.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
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

/**
 * yargs for browsers: without its reading of locales, its layout of a help that is not ours, and a width of strings that
 * asks ICU. The URLs that it names are its own packages.
 */
const lightYargs = {
  name: 'light-yargs',
  setup: ({ onResolve, onLoad, resolve: find }) => {
    onResolve({ filter: /^yargs$/ }, ({ path, importer, ...from }) => find('yargs/browser', from));
    onResolve({ filter: /^https:\/\/unpkg\.com\/yargs-parser@/ }, (from) =>
      find('yargs-parser/browser', { kind: from.kind, resolveDir: from.resolveDir }),
    );
    onResolve({ filter: /^https:\/\/unpkg\.com\/cliui@/ }, ({ path }) => ({
      path,
      namespace: 'empty',
    }));
    onLoad({ filter: /./, namespace: 'empty' }, () => ({
      contents: "export default () => ({ div() {}, toString: () => '' })",
    }));
  },
};

/** What runs for long, and drivers whose errors are told apart by the names of their classes. */
const KEEPS_NAMES = /run-gate|ioredis/;

const inputs = new Set();
const pending = ['src/bin.ts'];

/** Makes a bundle of each module that `import()` names: CommonJS loads faster, but esbuild does not split it. */
const bundleOnDemand = {
  name: 'bundle-on-demand',
  setup: ({ onResolve, resolve: find }) =>
    onResolve({ filter: /./ }, async ({ path, kind, resolveDir, importer, pluginData }) => {
      if (kind !== 'dynamic-import' || pluginData === 'found') return undefined;
      const found = await find(path, { kind, resolveDir, importer, pluginData: 'found' });
      if (found.external || found.namespace !== 'file') return found;
      if (!pending.includes(found.path)) pending.push(found.path);
      const name = nameOf(found.path);
      if (pending.some((one) => one !== found.path && nameOf(one) === name)) {
        throw new Error(`two modules would be ${name}`);
      }
      return { path: `./${name}`, external: true };
    }),
};
const nameOf = (path) => {
  const [, installed] = /.*node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(path) ?? [];
  const name = installed?.replace(/^@/, '').replace(/[\\/]/, '-') ?? basename(path);
  return `${name.replace(/\.[jt]s$/, '')}.cjs`;
};

rmSync('dist', { recursive: true, force: true });
for (const entry of pending) {
  const { metafile } = await build({
    entryPoints: [entry],
    outfile: `dist/${nameOf(entry)}`,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    minifySyntax: true,
    minifyWhitespace: true,
    minifyIdentifiers: !KEEPS_NAMES.test(entry),
    supported: { 'dynamic-import': false }, // `require` instead
    conditions: ['@zep-auth/source'],
    plugins: [plainAssert, lightYargs, bundleOnDemand],
    external: ['supports-color'], // which debug, below ioredis, looks for and does without
    metafile: true,
    logLevel: 'warning',
  });
  for (const input of Object.keys(metafile.inputs)) inputs.add(input);
}

const packages = [...inputs].flatMap(
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
