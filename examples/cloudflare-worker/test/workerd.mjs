// Runs a Worker in workerd on a free loopback port. The secret is passed in workerd's environment, not in a file.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const arch = process.arch === 'x64' ? '64' : process.arch;
const binary = here(`../node_modules/@cloudflare/workerd-${process.platform}-${arch}/bin/workerd`);

/** wrangler.jsonc without its comments. */
export const settings = JSON.parse(
  readFileSync(here('../wrangler.jsonc'), 'utf8').replace(/^\s*\/\/.*$/gm, ''),
);

/** Bundles an entry like `wrangler deploy`, and returns the code. */
export const bundle = async (entry) => {
  const { outputFiles } = await build({
    entryPoints: [here(`../${entry}`)],
    bundle: true,
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*'],
    format: 'esm',
    keepNames: settings.keep_names,
    minify: settings.minify,
    target: 'es2024',
    write: false,
  });
  return outputFiles[0].text;
};

const fromEnvironment = (name) => `(name = "${name}", fromEnvironment = "${name}")`;

/** Stands in for a Secrets Store: a service with `get()`. */
const STORE = `import { WorkerEntrypoint } from 'cloudflare:workers';
export class Secret extends WorkerEntrypoint {
  get() {
    if (!this.env.ZEP_AUTH_SECRET) throw new Error('no such secret');
    return this.env.ZEP_AUTH_SECRET;
  }
}
export default {};
`;

/**
 * Runs a bundle. `env` holds its bindings; its KV namespace is the server on the loopback port `kvPort`.
 *
 * @returns its URL, its output so far, and a function that stops it
 */
export const startWorker = async (script, { flags, env = {}, isStore = false, kvPort }) => {
  const folder = mkdtempSync(join(tmpdir(), 'zep-auth-worker-'));
  const all = Object.keys(env).map(fromEnvironment);
  const service = '(name = "ZEP_AUTH_SECRET", service = (name = "store", entrypoint = "Secret"))';
  const others = Object.keys(env).filter((name) => name !== 'ZEP_AUTH_SECRET');
  const kv = kvPort === undefined ? [] : ['(name = "REVOCATIONS", kvNamespace = "kv")'];
  const bindings = [...(isStore ? [service, ...others.map(fromEnvironment)] : all), ...kv];
  const worker = (module, itsBindings) => `(
    modules = [(name = "worker", esModule = embed "${module}")],
    compatibilityDate = "${settings.compatibility_date}",
    compatibilityFlags = ${JSON.stringify(flags)},
    bindings = [${itsBindings.join(', ')}]
  )`;
  writeFileSync(join(folder, 'worker.mjs'), script);
  writeFileSync(join(folder, 'store.mjs'), STORE);
  writeFileSync(
    join(folder, 'config.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = ${worker('worker.mjs', bindings)}),
    (name = "store", worker = ${worker('store.mjs', all)}),
    (name = "kv", external = (address = "127.0.0.1:${kvPort ?? 0}", http = ()))
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
`,
  );
  const workerd = spawn(binary, ['serve', '--control-fd=3', join(folder, 'config.capnp')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [workerd.stdout, workerd.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const ended = once(workerd, 'close');
  const stop = async () => {
    workerd.kill();
    await ended;
    rmSync(folder, { recursive: true });
    return output; // with its last lines
  };
  const line = await Promise.race([
    once(createInterface(workerd.stdio[3]), 'line').then(([text]) => text),
    ended.then(() => undefined),
  ]);
  if (line === undefined) throw new Error(`workerd did not start: ${await stop()}`);
  return { url: `http://127.0.0.1:${JSON.parse(line).port}`, stop };
};
