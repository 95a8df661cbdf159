// Bundles the suite once, runs it in every runtime, and prints the table of runtimes and cases.
// A missing runtime is a failure unless --allow-missing names it.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { generateSecret, signToken } from '@zep-auth/core';
import { build } from 'esbuild';
import { CLIENT_HOSTS } from './client-hosts.mjs';
import { startOrigins } from './origins.mjs';
import { checkTypes } from './types.mjs';

const TIMEOUT_MS = 120_000; // for a runtime that hangs
const COMPATIBILITY_DATE = '2026-10-20';

const { values } = parseArgs({ options: { 'allow-missing': { type: 'string', multiple: true } } });
const allowed = values['allow-missing']?.flatMap((names) => names.split(',')) ?? [];

const run = promisify(execFile);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const inModules = (path) => here(`node_modules/${path}`);
const out = here('.generated');
const { platform, arch } = process;

rmSync(out, { recursive: true, force: true });
mkdirSync(out);
const { origins, certificate, close } = await startOrigins(out);

// Their lifetime counts from when they arrive, because a client's clock may be wrong: here it is an hour behind.
const inAnHour = Math.floor(Date.now() / 1000) + 3600;
const claims = { iat: inAnHour, exp: inAnHour + 300 };
const secret = generateSecret();
const tokens = [await signToken(secret, { ...claims, n: 1 }), await signToken(secret, claims)];
const toDefine = (ORIGINS) => ({
  ORIGINS: JSON.stringify(ORIGINS),
  TOKENS: JSON.stringify(tokens),
});

const bundle = async (host, { format = 'esm', ORIGINS = origins, GATE = {}, name = host } = {}) => {
  const outfile = join(out, `${name}.${format === 'esm' ? 'mjs' : 'js'}`);
  const define = { ...toDefine(ORIGINS), GATE: JSON.stringify(GATE) };
  // Bundle the built packages, not their sources.
  const options = { bundle: true, format, outfile, define, target: 'es2022', logLevel: 'warning' };
  await build({
    entryPoints: [here(`hosts/${host}.ts`)],
    mainFields: ['module', 'main'],
    ...options,
  });
  return outfile;
};

const readVersion = async (binary) => {
  const { stdout } = await run(binary, ['--version']);
  return /\d+\.\d+\.\d+(?:\.\d+)?|\d{4}-\d\d-\d\d/.exec(stdout)?.[0] ?? stdout.trim();
};

/** A program that prints the report. */
const asProgram = (binary, args = []) => ({
  isThere: () => existsSync(binary),
  version: () => readVersion(binary),
  report: async () => {
    const script = await bundle('process');
    // The first is for Node and Bun, the second for Deno.
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificate, DENO_CERT: certificate };
    const { stdout } = await run(binary, [...args, script], { timeout: TIMEOUT_MS, env });
    return JSON.parse(stdout);
  },
});

const workerdBinary = inModules(
  `@cloudflare/workerd-${platform}-${arch === 'x64' ? '64' : arch}/bin/workerd`,
);

/** Starts workerd with a bundled Worker. */
const startWorker = async (name, flags = []) => {
  const config = join(out, `${name}.capnp`);
  const quoted = flags.map((flag) => JSON.stringify(flag)).join(', ');
  const trusted = certificate === undefined ? '' : 'embed "cert.pem"';
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["private"], tlsOptions = (trustedCertificates = [${trusted}])))
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "${name}.mjs")],
  compatibilityDate = "${COMPATIBILITY_DATE}",
  compatibilityFlags = [${quoted}]
);
`,
  );
  const workerd = spawn(workerdBinary, ['serve', '--control-fd=3', config], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  const [line] = await once(createInterface(workerd.stdio[3]), 'line');
  const { port } = JSON.parse(line); // workerd reports its port
  return { port, stop: () => workerd.kill() };
};

/** workerd with a Worker that returns the report. */
const asWorker = (flags) => ({
  isThere: () => existsSync(workerdBinary),
  version: () => readVersion(workerdBinary),
  report: async () => {
    await bundle('worker');
    const { port, stop } = await startWorker('worker', flags);
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      return await (await fetch(`http://127.0.0.1:${port}/`, { signal })).json();
    } finally {
      stop();
    }
  },
});

const edgeRuntime = {
  isThere: () => existsSync(inModules('edge-runtime')),
  version: () => JSON.parse(readFileSync(inModules('edge-runtime/package.json'), 'utf8')).version,
  report: async () => {
    const { EdgeRuntime } = await import('edge-runtime');
    // It runs in this process, which does not trust the certificate.
    const ORIGINS = { ...origins, secure: undefined };
    const initialCode = readFileSync(await bundle('edge', { format: 'iife', ORIGINS }), 'utf8');
    const response = await new EdgeRuntime({ initialCode }).dispatchFetch('http://localhost/');
    return response.json();
  },
};

const chromiumBinary =
  process.env.CHROMIUM_PATH ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);

const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--ignore-certificate-errors',
];

const chromium = {
  isThere: () => chromiumBinary !== undefined && existsSync(chromiumBinary),
  version: () => readVersion(chromiumBinary),
  report: async () => {
    const { chromium: browsers } = await import('playwright-core');
    const script = readFileSync(await bundle('page'));
    // On loopback, because WebCrypto needs a secure context.
    const server = createServer(({ url }, response) => {
      const isScript = url === '/page.mjs';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(
        isScript ? script : '<!doctype html><body><script type=module src=/page.mjs></script>',
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const browser = await browsers.launch({ executablePath: chromiumBinary, args: CHROMIUM_ARGS });
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      await page.waitForSelector('#done', { timeout: TIMEOUT_MS });
      return JSON.parse(await page.textContent('#done'));
    } finally {
      await browser.close();
      server.close();
    }
  },
};

/** How often the provider is asked by five tabs that need a token at the same time. */
const countAsksOfTabs = async () => {
  const { chromium: browsers } = await import('playwright-core');
  const script = readFileSync(await bundle('tabs', { format: 'iife' }), 'utf8');
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const browser = await browsers.launch({ executablePath: chromiumBinary, args: CHROMIUM_ARGS });
  try {
    const context = await browser.newContext();
    let asked = 0;
    let answer;
    const haveAllBegun = new Promise((resolve) => {
      answer = resolve;
    });
    // A tab that began after the answer would be right to ask again, if the message about it is still on its way.
    await context.exposeFunction('askProvider', async () => {
      asked++;
      await haveAllBegun;
      return tokens[0];
    });
    const open = async () => {
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      await page.evaluate(script);
      return page;
    };
    const pages = await Promise.all([1, 2, 3, 4, 5].map(open));
    await Promise.all(pages.map((page) => page.evaluate('void (globalThis.echo = callApi())')));
    answer();
    const echoes = await Promise.all(pages.map((page) => page.evaluate('echo')));
    if (!echoes.every((echo) => echo.includes(tokens[0]))) throw new Error('a tab got no token');
    return asked;
  } finally {
    await browser.close();
    server.close();
  }
};

/** A service worker, whose page passes its outcome on. */
const serviceWorker = {
  isThere: chromium.isThere,
  version: chromium.version,
  outcome: async () => {
    const { chromium: browsers } = await import('playwright-core');
    const script = readFileSync(await bundle('service-worker', { format: 'iife' }));
    const server = createServer(({ url }, response) => {
      const isScript = url === '/worker.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? script : '<!doctype html>');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const browser = await browsers.launch({ executablePath: chromiumBinary, args: CHROMIUM_ARGS });
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      return await page.evaluate(async () => {
        await navigator.serviceWorker.register('/worker.js');
        const { active } = await navigator.serviceWorker.ready;
        const { port1, port2 } = new MessageChannel();
        const answered = new Promise((resolve) => {
          port1.onmessage = ({ data }) => resolve(data);
        });
        active.postMessage('run', [port2]);
        return answered;
      });
    } finally {
      await browser.close();
      server.close();
    }
  },
};

const node = (major) => asProgram(inModules(`node${major}/bin/node`));
const bunArch = arch === 'arm64' ? 'aarch64' : arch;
const libc = platform === 'linux' ? '-glibc' : '';

const bunBinary = inModules(`@oven/bun-${platform}-${bunArch}/bin/bun`);
const denoBinary = inModules(`@deno/${platform}-${arch}${libc}/deno`);
const DENO_ARGS = ['run', '--no-config', '--allow-net=127.0.0.1'];

/** A runtime whose own server the gate listens with: a program that prints its port. */
const asGateProgram = (name, binary, args = []) => ({
  name,
  binary,
  start: async (GATE) => {
    const script = await bundle('gate-process', { GATE, name: `gate-${name}-${GATE.subprotocol}` });
    const program = spawn(binary, [...args, script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [port] = await once(createInterface(program.stdout), 'line');
    return { port: Number(port), stop: () => program.kill() };
  },
});

const GATE_RUNTIMES = [
  asGateProgram('Bun', bunBinary),
  asGateProgram('Deno', denoBinary, DENO_ARGS),
  {
    name: 'workerd',
    binary: workerdBinary,
    start: async (GATE) => {
      const name = `gate-worker-${GATE.subprotocol}`;
      await bundle('gate-worker', { GATE, name });
      return startWorker(name);
    },
  },
];

const RUNTIMES = [
  { name: 'Node 20', engine: 'native', ...node(20) },
  { name: 'Node 22', engine: 'native', ...node(22) },
  { name: 'Node 24', engine: 'native', ...node(24) },
  { name: 'Node 26', engine: 'native', ...node(26) },
  {
    name: 'Bun',
    engine: 'native',
    ...asProgram(bunBinary),
  },
  {
    name: 'Deno',
    engine: 'native',
    ...asProgram(denoBinary, DENO_ARGS),
  },
  { name: 'workerd', engine: 'native', ...asWorker([]) },
  { name: 'workerd, no Node', engine: 'jose', ...asWorker(['no_nodejs_compat_v2']) },
  { name: 'edge-runtime', engine: 'jose', ...edgeRuntime },
  { name: 'Chromium', engine: 'jose', ...chromium },
];

/** `native: RFC 7515` belongs to the group `native`. */
const groupOf = (name) => name.slice(0, name.indexOf(':'));
const GROUPS = ['native', 'jose', 'guard', 'gate', 'client'];
const GATE_GROUPS = ['attacks', 'transport', 'streams', 'websockets'];
const CLIENT_GROUPS = ['requests', 'bodies', 'refresh', 'redirects'];

let isGood = true;
const fail = (message) => {
  isGood = false;
  console.error(message);
};

const isMissing = ({ name, isThere }) => {
  if (isThere()) return false;
  if (allowed.includes(name)) console.error(`${name}: missing, which --allow-missing permits`);
  else fail(`${name}: missing; install it, or name it with --allow-missing`);
  return true;
};

/** The cells of a row: how many cases of each group have passed. */
const countGroups = (name, groups, { passed, failed }, isOptional = () => false) =>
  groups.map((group) => {
    const count = (names) => names.filter((one) => groupOf(one) === group).length;
    const [good, bad] = [count(passed), count(failed.map((one) => one.name))];
    if (good + bad === 0 && !isOptional(group)) fail(`${name}: no ${group}`);
    return bad === 0 ? String(good || '–') : `${good} of ${good + bad}`;
  });

const rows = [];
const clientRows = [];
for (const runtime of [
  ...RUNTIMES,
  { name: 'service worker', ...serviceWorker },
  ...CLIENT_HOSTS,
]) {
  const { name, engine, version, report, outcome } = runtime;
  if (isMissing(runtime)) continue;
  const cells = [name, await version()];
  try {
    const result = report ? await report() : await outcome({ out, define: toDefine(origins) });
    for (const { name: failure, reason } of result.failed) fail(`${name}: ${failure}: ${reason}`);
    clientRows.push([...cells, ...countGroups(name, CLIENT_GROUPS, result)]);
    if (!report) continue;
    if (result.engine !== engine) fail(`${name}: ${result.engine} answered, not ${engine}`);
    // Only a runtime without the native engine may have no native case.
    const isOptional = (group) => group === 'native' && engine === 'jose';
    rows.push([...cells, result.engine, ...countGroups(name, GROUPS, result, isOptional)]);
  } catch (error) {
    fail(`${name}: ${error instanceof Error ? error.message : 'did not run'}`);
    (report ? rows : clientRows).push([...cells, 'did not run']);
  }
}

const gateRows = [];
await build({
  ...{ entryPoints: [here('gates.ts')], bundle: true, platform: 'node', format: 'esm' },
  outfile: join(out, 'gates.mjs'),
});
const { runGateCases } = await import(join(out, 'gates.mjs'));
for (const runtime of GATE_RUNTIMES.filter(({ binary }) => existsSync(binary))) {
  const cells = [runtime.name, await readVersion(runtime.binary)];
  try {
    const result = await runGateCases(runtime, secret);
    for (const { name, reason } of result.failed) fail(`${runtime.name}: ${name}: ${reason}`);
    gateRows.push([...cells, ...countGroups(runtime.name, GATE_GROUPS, result)]);
  } catch (error) {
    fail(`${runtime.name}: the gate did not run: ${error.message}`);
  }
}

if (chromium.isThere()) {
  const asked = await countAsksOfTabs().catch((error) => error.message);
  if (asked !== 1) fail(`five tabs in Chromium asked ${asked} times for a token, not once`);
}

close();

const types = await checkTypes(existsSync(denoBinary) ? denoBinary : undefined, out);
for (const failure of types.failed) fail(failure);

const printTable = (table) => {
  const widths = table[0].map((_, i) => Math.max(...table.map((row) => row[i]?.length ?? 0)));
  for (const row of table) {
    const line = row.map((cell, i) => cell.padEnd(widths[i])).join('  ');
    console.log(line.trimEnd());
  }
  console.log('');
};
printTable([['runtime', 'version', 'engine', ...GROUPS], ...rows]);
printTable([['the gate on', 'version', ...GATE_GROUPS], ...gateRows]);
printTable([["the client's platform", 'version', ...CLIENT_GROUPS], ...clientRows]);
console.log(`The client's types were checked with those of ${types.names.join(', ')}.`);
if (!isGood) process.exitCode = 1;
