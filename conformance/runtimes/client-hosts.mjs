// Platforms that run only the client, with their packages from npm: React Native's polyfills, Expo's fetch, Jest with jsdom,
// Vitest with happy-dom.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createContext, Script } from 'node:vm';
import { transformFileAsync } from '@babel/core';
import { build } from 'esbuild';
import flowRemoveTypes from 'flow-remove-types';

const run = promisify(execFile);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const require = createRequire(import.meta.url);
const cache = here('node_modules/.cache/react-native');

/**
 * Versions of React Native with the SHA-512 of their packages, of which only a few files are used; the Babel preset that
 * compiles an app, an older one lowering more; and the package of Hermes' compiler where React Native's does not have it.
 */
export const REACT_NATIVE = {
  '0.73.11': {
    digest:
      'yvQIX+ZXOHMFnhmwZ1fBpRI/53k+iLN8DxVf24Fx4ABU63RGAYfyCZC0/3W+5OUVx4KSIZUv4Tv+/NGIieBOwg==',
    preset: 'react-native-babel-0.73',
  },
  '0.79.7': {
    digest:
      '7B2FJt/P+qulrkjWNttofiQjpZ5czSnL00kr6kQ9GpiykF/agX6Z2GVX6e5ggpQq2jqtyLvRtHIiUnKPYM77+w==',
    preset: 'react-native-babel-0.73',
  },
  '0.83.10': {
    digest:
      '4gbmtAyfC0F4jU2hl/l/HZbRIfRl0d5RdHNpJLf7sT/0zhYDEhiFcFk7ii2utl7O8BIHRUmGe/anfWP3DNPTZw==',
    preset: 'react-native-babel-0.73',
    hermes: '0.14.1',
    hermesDigest:
      '+RPPQlayoZ9n6/KXKt5SFILWXCGJ/LV5d24L5smXrvTDrPS4L6dSctPczXauuvzFP3QEJbD1YO7Z3Ra4a+4IhA==',
  },
  '0.86.3': {
    digest:
      'JR5s3bM9ezud+Mw24GlNXNfthqPIKwrQgPPJcam+L97t2sKjjEavhCzBn+fyqZZRcM5+XlhYxpTxVkK7e1n38Q==',
    preset: 'react-native-babel-0.86',
    hermes: '250829098.0.17',
    hermesDigest:
      'qG1PXzTEtriF6oQLZF3vyHhSMxOdW5h2TqqLri0rdpstPustd2fSvRZQMVAPdlhgFwBfYnj3OUZtiO6LjYsEFw==',
  },
};

const HERMESC = `hermesc/${process.platform === 'darwin' ? 'osx' : 'linux64'}-bin/hermesc`;

/** Packs a package from npm, checks it, and unpacks some of its files. */
const unpack = async (name, version, digest, folder, files) => {
  await run('npm', ['pack', `${name}@${version}`, '--silent', '--pack-destination', folder]);
  const tarball = join(folder, `${name}-${version}.tgz`);
  const actual = createHash('sha512').update(readFileSync(tarball)).digest('base64');
  if (actual !== digest) throw new Error(`${name}@${version}: wrong digest`);
  const how = ['-xzf', tarball, '-C', folder, '--strip-components=1', '--wildcards'];
  await run('tar', [...how, ...files]);
  rmSync(tarball);
};

/** Returns the folder with React Native's URL, URLSearchParams, FormData, the types of its globals, and `hermesc`. */
export const unpackReactNative = async (version) => {
  const folder = join(cache, version);
  if (existsSync(join(folder, 'hermesc'))) return folder;
  mkdirSync(folder, { recursive: true });
  const { digest, hermes, hermesDigest } = REACT_NATIVE[version];
  await unpack('react-native', version, digest, folder, [
    'package/Libraries/Blob/URL*.js',
    'package/Libraries/Network/FormData.js',
    '*/globals.d.ts',
    ...(hermes ? [] : [`package/sdks/${HERMESC}`]),
  ]);
  writeFileSync(join(folder, 'package.json'), '{}'); // some of them are CommonJS
  if (hermes) {
    await unpack('hermes-compiler', hermes, hermesDigest, folder, [`package/${HERMESC}`]);
  } else renameSync(join(folder, 'sdks/hermesc'), join(folder, 'hermesc'));
  return folder;
};

/** Strips Flow's types, and leaves out the native module of Blob. */
const reactNativePlugin = {
  name: 'react-native',
  setup: (builder) => {
    builder.onResolve({ filter: /NativeBlobModule$/ }, () => ({ path: 'blob', namespace: 'none' }));
    builder.onLoad({ filter: /.*/, namespace: 'none' }, () => ({
      contents: 'export default null',
    }));
    builder.onLoad({ filter: /react-native[\\/].*\.js$/ }, ({ path }) => ({
      contents: flowRemoveTypes(readFileSync(path, 'utf8')).toString(),
      resolveDir: dirname(path),
    }));
  },
};

/** The body as React Native's network layer sends it. */
const toNodeBody = (body) => {
  if (typeof body?.getParts !== 'function') return body;
  const form = new FormData();
  for (const { fieldName, string } of body.getParts()) form.append(fieldName, string);
  return form;
};

/** An XMLHttpRequest on Node's fetch, in place of React Native's network layer. */
class NodeXMLHttpRequest {
  #abort = new AbortController();
  #headers = {};
  responseType = '';
  status = 0;
  open(method, url) {
    this.method = method;
    this.url = url;
  }
  setRequestHeader(name, value) {
    this.#headers[name] = value;
  }
  getAllResponseHeaders() {
    return this.allHeaders;
  }
  abort() {
    this.#abort.abort();
    this.onabort?.();
  }
  async send(body) {
    const headers = { ...this.#headers };
    if (typeof body?.getParts === 'function') delete headers['content-type'];
    const init = { method: this.method, headers, signal: this.#abort.signal };
    try {
      const response = await fetch(this.url, { ...init, body: toNodeBody(body) ?? null });
      this.status = response.status;
      this.statusText = response.statusText;
      this.responseURL = response.url;
      this.allHeaders = [...response.headers]
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('');
      this.responseText = this.response = await response.text();
      this.onload?.();
    } catch {
      if (!this.#abort.signal.aborted) this.onerror?.();
    }
  }
}

const reactNative = (
  version,
  { before = '', plugins = [], globals = {}, name = version } = {},
) => ({
  isThere: () => true,
  version: () => name.replace(/^.*-/, ''),
  outcome: async ({ out, define }) => {
    const folder = await unpackReactNative(version);
    const prelude = typeof before === 'string' ? before : await before();
    const entry = `
      const { AbortController, AbortSignal } = require('abort-controller/dist/abort-controller');
      const { URL, URLSearchParams } = require(${JSON.stringify(join(folder, 'Libraries/Blob/URL.js'))});
      const form = require(${JSON.stringify(join(folder, 'Libraries/Network/FormData.js'))});
      const FormData = form.default ?? form;
      Object.assign(globalThis, { AbortController, AbortSignal, URL, URLSearchParams, FormData });
      globalThis.self = globalThis.window = globalThis.global = globalThis;
      require('whatwg-fetch');
      ${prelude}
      require(${JSON.stringify(here('hosts/client.ts'))});`;
    const bundled = join(out, `react-native-${name}.bundle.js`);
    await build({
      stdin: { contents: entry, resolveDir: here('.') },
      bundle: true,
      format: 'iife',
      target: 'esnext', // lowering is the preset's work
      mainFields: ['module', 'main'],
      logLevel: 'error',
      plugins: [reactNativePlugin, ...plugins],
      outfile: bundled,
      define,
    });
    // Compile it as an app is compiled, down to bytecode, which only a phone can run. Node runs what Hermes compiles.
    const options = { unstable_transformProfile: 'hermes-stable', enableBabelRuntime: false };
    const { code } = await transformFileAsync(bundled, {
      babelrc: false,
      configFile: false,
      compact: false,
      presets: [[require.resolve(REACT_NATIVE[version].preset), options]],
    });
    const outfile = join(out, `react-native-${name}.js`);
    writeFileSync(outfile, code);
    const hermesc = join(folder, HERMESC);
    await run(hermesc, ['-emit-binary', '-O', '-w', '-out', join(out, 'app.hbc'), outfile]);
    return new Promise((resolve) => {
      // Only the language's own globals, and what React Native adds to them.
      const own = { setTimeout, clearTimeout, console, XMLHttpRequest: NodeXMLHttpRequest };
      const context = createContext({ ...own, ...globals, report: resolve });
      new Script(readFileSync(outfile, 'utf8')).runInContext(context);
    });
  },
});

const EXPO = {
  version: '56.0.23',
  digest:
    'SPPgww/V24xpe+vELAIKOrkwKF8g8o6TLfaIMqdO56PtTvCUvJQPfJfnj/bCsQJFIjoQVHOZZ03B6Zx/VYAPsQ==',
};

/** What Expo's fetch asks of the phone, on Node's fetch. */
const ExpoFetchModule = {
  NativeResponse: class {
    bodyUsed = false;
    addListener() {}
    removeListener() {}
    removeAllListeners() {}
    cancelStreaming() {
      return this.native.body?.cancel();
    }
    startStreaming() {
      return this.native.bytes();
    }
    arrayBuffer() {
      return this.native.arrayBuffer();
    }
    text() {
      return this.native.text();
    }
    get _rawHeaders() {
      return [...this.native.headers];
    }
    get status() {
      return this.native.status;
    }
    get statusText() {
      return this.native.statusText;
    }
    get url() {
      return this.native.url;
    }
    get redirected() {
      return this.native.redirected;
    }
  },
  NativeRequest: class {
    #abort = new AbortController();
    #response;
    constructor(response) {
      this.#response = response;
    }
    cancel() {
      this.#abort.abort();
    }
    async start(url, init, body) {
      this.#response.native = await fetch(url, { ...init, body, signal: this.#abort.signal });
    }
  },
};

/** Expo's own fetch, in an app of the newest React Native here. */
const expo = reactNative('0.86.3', {
  name: `expo-${EXPO.version}`,
  globals: { ExpoFetchModule, TextEncoder, TextDecoder, ReadableStream, Blob },
  before: async () => {
    const folder = join(cache, `expo-${EXPO.version}`);
    if (!existsSync(folder)) {
      mkdirSync(folder, { recursive: true });
      const files = ['winter/fetch/*.ts', 'winter/FormData.ts', 'utils/blobUtils.ts'];
      const paths = files.map((name) => `package/src/${name}`);
      await unpack('expo', EXPO.version, EXPO.digest, folder, paths);
    }
    const path = (name) => JSON.stringify(join(folder, 'src/winter', name));
    return `require(${path('FormData.ts')}).installFormDataPatch(FormData);
      globalThis.ownFetch = require(${path('fetch/index.ts')}).fetch;
      globalThis.abortsAs = 'Error'; // the name of its FetchError`;
  },
  plugins: [
    {
      name: 'expo',
      setup: (builder) => {
        const filter = /^expo-modules-core$|^react-native\/Libraries/;
        builder.onResolve({ filter }, ({ path }) => ({ path, namespace: 'native' }));
        builder.onLoad({ filter: /.*/, namespace: 'native' }, () => ({
          contents: 'export const requireNativeModule = () => globalThis.ExpoFetchModule;',
        }));
      },
    },
  ],
});

/** Bundles the client cases into a test file that writes their outcome. */
const writeTest = async (name, { out, define }, { before = '', imports = '' }) => {
  const outcome = join(out, `${name}.json`);
  const outfile = join(out, `${name}.bundle.js`);
  await build({
    entryPoints: [here('hosts/client.ts')],
    bundle: true,
    format: 'iife',
    target: 'es2022',
    mainFields: ['module', 'main'],
    outfile,
    define,
  });
  const text = `${imports}
test('client', async () => {
  ${before}
  const outcome = await new Promise((report) => {
    globalThis.report = report;
    (0, eval)(require('node:fs').readFileSync(${JSON.stringify(outfile)}, 'utf8'));
  });
  require('node:fs').writeFileSync(${JSON.stringify(outcome)}, JSON.stringify(outcome));
}, 120_000);
`;
  return { text, outcome };
};

const jestJsdom = {
  isThere: () => true,
  version: () => require('jest-environment-jsdom/package.json').version,
  outcome: async (options) => {
    const folder = join(options.out, 'jest');
    mkdirSync(folder, { recursive: true });
    // jsdom has no fetch: whatwg-fetch makes one of its XMLHttpRequest. Its other globals are taken away again.
    const before = `
  globalThis.keepsTokenOnRedirect = true; // jsdom's XMLHttpRequest does
  globalThis.ownFetch = require(${JSON.stringify(require.resolve('whatwg-fetch'))}).fetch;
  for (const name of ['fetch', 'Request', 'Response']) delete globalThis[name];`;
    const { text, outcome } = await writeTest('jest', options, { before });
    writeFileSync(join(folder, 'client.test.js'), text);
    const config = {
      testEnvironment: here('node_modules/jest-environment-jsdom'),
      rootDir: folder,
    };
    writeFileSync(join(folder, 'jest.config.json'), JSON.stringify(config));
    const jest = here('node_modules/jest/bin/jest.js');
    await run(process.execPath, [jest, '--config', join(folder, 'jest.config.json')]);
    return JSON.parse(readFileSync(outcome, 'utf8'));
  },
};

const vitestHappyDom = {
  isThere: () => true,
  version: () => require('happy-dom/package.json').version,
  outcome: async (options) => {
    const folder = join(options.out, 'vitest');
    mkdirSync(folder, { recursive: true });
    const imports = `import { createRequire } from 'node:module';
import { test } from 'vitest';
const require = createRequire(import.meta.url);
globalThis.keepsTokenOnRedirect = true; // happy-dom's fetch does`;
    const { text, outcome } = await writeTest('vitest', options, { imports });
    writeFileSync(join(folder, 'client.test.mjs'), text);
    const vitest = here('node_modules/vitest/vitest.mjs');
    const config = { test: { environment: 'happy-dom', include: ['*.test.mjs'] } };
    const file = join(folder, 'vitest.config.mjs');
    writeFileSync(file, `export default ${JSON.stringify(config)}`);
    const args = ['run', '--root', folder, '--config', file];
    await run(process.execPath, [vitest, ...args]);
    return JSON.parse(readFileSync(outcome, 'utf8'));
  },
};

export const CLIENT_HOSTS = [
  ...Object.keys(REACT_NATIVE).map((version) => ({
    name: `React Native ${version.slice(0, 4)}`,
    ...reactNative(version),
  })),
  { name: "Expo's fetch", ...expo },
  { name: 'Jest, jsdom', ...jestJsdom },
  { name: 'Vitest, happy-dom', ...vitestHappyDom },
];
