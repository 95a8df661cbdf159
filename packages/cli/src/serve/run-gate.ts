// Runs a gate, from its first configuration to its last answer. A reload that fails keeps the configuration in use.
import { once } from 'node:events';
import { readFile, unlink, writeFile } from 'node:fs/promises';
import { generateSecret, keyIds, signToken, type VerifyPolicy } from '@zep-auth/core';
import { STORE_VARIABLE } from '../config.ts';
import { startDemo } from '../demo.ts';
import { CliError, causeOf, toReports, UsageError } from '../io/errors.ts';
import { type Io, log, print, quote, warn } from '../io/io.ts';
import { isLoopback } from '../io/loopback.ts';
import { createGateOrExplain, toConfig, toGateOptions } from './gate-options.ts';
import { createLog } from './log.ts';
import { createMetrics, serveMetrics } from './metrics.ts';
import { createNodeServer, type ListenAddress } from './node-server.ts';
import { createObserver } from './observer.ts';
import type { ServeOptions } from './options.ts';
import { createReloadableConfig, type GateConfig } from './reloadable-config.ts';
import { openRevocations } from './revocations.ts';
import { createTrustedProxies } from './trusted-proxies.ts';

const GRACE_MS = 10_000;
const POLL_MS = 5000;

/** Warns of what an operator should think about. */
const warnOfSetup = (io: Io, options: ServeOptions, { record, tls }: GateConfig): void => {
  const { host, listen, revocations, sharedCache } = options;
  if (sharedCache) {
    warn(
      io,
      '--shared-cache: a cache in front may give the data of one client to another, and to clients without a token',
    );
  }
  if (record[STORE_VARIABLE] && !revocations) {
    warn(io, `${STORE_VARIABLE} is set, but only --revocations uses it`);
  }
  if (listen === undefined && !isLoopback(host) && tls === undefined) {
    warn(io, 'other machines can reach this address in plain HTTP; put TLS in front of it');
  }
};

/** The ids of the keys whose tokens are accepted, the current one first. */
const readKeyIds = async ({ config: { keyring } }: GateConfig): Promise<readonly string[]> =>
  keyring === undefined ? [] : keyIds(keyring);

const nameKeys = ([current, ...previous]: readonly string[]): string => {
  if (current === undefined) return 'there is no secret';
  return `the current key is ${current}, previous ${previous.join(', ') || 'none'}`;
};

/** The socket that systemd hands over (sd_listen_fds), or the address that the options name. */
const chooseAddress = (io: Io, { listen, host, port }: ServeOptions): ListenAddress => {
  const { LISTEN_FDS: count, LISTEN_PID: pid } = io.env;
  if (count && pid === String(process.pid)) {
    if (count === '1') return { fd: 3 };
    throw new UsageError(`LISTEN_FDS is ${quote(count)}; a gate listens on one socket`);
  }
  if (count) warn(io, 'LISTEN_FDS is set for another process; start zepcli itself, without npx');
  return listen === undefined ? { host, port } : { socketPath: listen };
};

/** Writes the id of this process to a file. Returns what removes it, unless another process has written to it since. */
const writePidFile = async (path: string): Promise<() => Promise<void>> => {
  const content = `${process.pid}\n`;
  await writeFile(path, content).catch((error: unknown) => {
    throw new CliError('ERR_FILE', `cannot write ${quote(path)}: ${causeOf(error)}`);
  });
  return async () => {
    const found = await readFile(path, 'utf8').catch(() => '');
    if (found === content) await unlink(path).catch(() => {});
  };
};

/** What `--check` prints. What is not checked of a token is said, since a misspelt variable checks nothing. */
const describePlan = (
  options: ServeOptions,
  address: ListenAddress,
  keys: string,
  { issuer, audience, requiredClaims = [], maxTokenAgeSeconds }: VerifyPolicy,
): string => {
  const { upstream = 'the demo', publicPath, scope, trustedProxy, throttle, revocations } = options;
  const place = 'fd' in address ? 'LISTEN_FDS' : Object.values(address).join(' port ');
  const lines = [
    ['guards', upstream],
    ['listens on', place],
    ['keys', keys],
    ['issuer', [issuer ?? 'not checked'].flat().join(', ')],
    ['audience', [audience ?? 'not checked'].flat().join(', ')],
    ['tokens without an expiry', requiredClaims.includes('exp') ? 'refused' : 'accepted'],
    ['greatest age of a token', maxTokenAgeSeconds && `${maxTokenAgeSeconds} s`],
    ['no token needed for', publicPath.join(', ') || '/healthz'],
    ['scopes', scope.join(', ')],
    ['believes proxies', trustedProxy.join(', ')],
    [
      'throttles after',
      throttle && `${throttle.limit} wrong tokens in ${throttle.windowSeconds} s`,
    ],
    ['revocations', revocations && 'from the store'],
  ];
  const told = lines.filter(([, value]) => value).map((line) => line.join(': '));
  return ['the configuration is valid', ...told].join('\n');
};

/** Serves until it is asked to end. What it opens is noted, to be closed whatever happens. */
const serve = async (
  options: ServeOptions,
  given: Io,
  opened: (() => unknown)[],
): Promise<void> => {
  const { signal } = given;
  const { ZEP_AUTH_SECRET, ZEP_AUTH_SECRET_FILE } = given.env;
  const { demo: isDemo, secretFile, dotenv } = options;
  const hasSecret = ZEP_AUTH_SECRET || ZEP_AUTH_SECRET_FILE || (secretFile ?? dotenv) !== undefined;
  const demoSecret = isDemo && !hasSecret ? generateSecret() : undefined;
  const env = demoSecret ? { ...given.env, ZEP_AUTH_SECRET: demoSecret } : given.env;
  const outside = { ...given, env };
  const requestLog = createLog(outside, options.log === 'json', options.logSubject);
  const { io } = requestLog;
  const address = chooseAddress(io, options);
  const proxies = createTrustedProxies(options.trustedProxy, !('port' in address));
  const metrics = options.metricsPort === undefined ? undefined : createMetrics();
  const observer = createObserver(proxies, requestLog.request, metrics, () =>
    warn(
      io,
      '--throttle cannot tell clients apart, and counts them together or not at all: the proxy in front has to send X-Forwarded-For, and --trusted-proxy to name its address',
    ),
  );

  // A SIGHUP that arrives before the server listens is handled when it does.
  let isHungUp = false;
  let hangUp = (): void => {
    isHungUp = true;
  };
  const offHangup = outside.onHangup?.(() => hangUp());
  opened.push(() => offHangup?.());
  const settings = await createReloadableConfig(io, options);
  const first = await settings.read();
  const { record, tls } = first;
  warnOfSetup(io, options, first);
  let current = first;
  let keys = await readKeyIds(first);
  let isStale = false;
  metrics?.setKeys(keys);
  const revocations = options.revocations
    ? await openRevocations(io, record, options.storeDown ?? 'closed', () =>
        metrics?.countStoreFailure(),
      )
    : undefined;
  opened.push(() => revocations?.close());
  const demo = options.upstream === undefined ? await startDemo() : undefined;
  opened.push(() => demo?.close());
  const upstream = options.upstream ?? demo?.url ?? '';
  const gate = createGateOrExplain({
    ...toGateOptions(options, upstream, proxies, observer, revocations),
    ...toConfig(first),
    hasWarning: () => isStale || !current.config.required || (revocations?.isDown() ?? false),
    onWarning: (warning) => warn(io, warning),
  });
  opened.push(() => gate.close());

  let fullMs = Number.NEGATIVE_INFINITY;
  const server = createNodeServer(
    {
      onRequest: (request, response) => {
        observer.begin(request);
        gate.handleRequest(request, response);
      },
      onUpgrade: (request, socket, head) => {
        observer.begin(request);
        gate.handleUpgrade(request, socket, head);
      },
      onUnreadable: observer.unreadable,
      onDropped: () => {
        metrics?.countDropped();
        const nowMs = performance.now();
        const message = `--max-connections ${options.maxConnections} is reached`;
        if (nowMs - fullMs > 60_000) warn(io, message);
        fullMs = Math.max(fullMs, nowMs);
      },
    },
    address,
    tls,
    options,
  );
  if (options.check)
    return print(outside, describePlan(options, address, nameKeys(keys), first.config.policy));

  const apply = async (next: GateConfig): Promise<void> => {
    const nextKeys = await readKeyIds(next);
    if (next.tls !== undefined) server.setCertificate(next.tls);
    gate.reconfigure(toConfig(next));
    const gone = keys.filter((keyId) => !nextKeys.includes(keyId));
    [current, keys, isStale] = [next, nextKeys, false];
    metrics?.countReload('done');
    metrics?.setKeys(keys);
    const lost = gone.length > 0 ? `, no longer accepted ${gone.join(', ')}` : '';
    log(io, `configuration reloaded; ${nameKeys(keys)}${lost}`);
    if (next.record[STORE_VARIABLE] === record[STORE_VARIABLE]) return;
    warn(io, `${STORE_VARIABLE} has changed, which takes a restart: its revocations do not count`);
  };
  // One after the other, so that the last to begin is the last to count.
  let reloads = Promise.resolve();
  const reload = (isDue?: () => Promise<boolean>): void => {
    reloads = reloads.then(async () => {
      try {
        if (isDue === undefined || (await isDue())) await apply(await settings.read());
      } catch (error) {
        isStale = true;
        metrics?.countReload('failed');
        const reasons = toReports(error).map(({ message, hint }) =>
          hint === undefined ? message : `${message} (${hint})`,
        );
        warn(io, `the configuration stays as it was: ${reasons.join('; ')}`);
      }
    });
  };

  const counted = metrics && (await serveMetrics(metrics, options.metricsPort ?? 0));
  opened.push(() => counted?.close());
  const bound = await server.listen();
  opened.push(async () => {
    const count = server.countConnections();
    log(io, `stopping: no new connections; ${count} open, for at most ${GRACE_MS / 1000} s`);
    gate.drain();
    const cut = await server.close(GRACE_MS);
    log(io, cut > 0 ? `stopped; cut off ${cut} connections` : 'stopped');
  });
  if (options.pidFile !== undefined) opened.push(await writePidFile(options.pidFile));
  process.title = `zepcli serve ${bound.replace(/^[^/]*(?=:\d+$)/, '')}`;
  const poll = setInterval(() => reload(settings.hasChanged), POLL_MS);
  opened.push(() => clearInterval(poll));
  if (counted) log(io, `metrics on http://127.0.0.1:${counted.port}/metrics`);
  log(
    io,
    `started as process ${process.pid}, guards ${options.upstream ?? 'the demo'}; ${nameKeys(keys)}`,
  );
  const url = /^(?:unix:|fd)/.test(bound) ? bound : `http${tls ? 's' : ''}://${bound}`;
  await print(outside, `listening on ${url}`);
  if (demoSecret !== undefined) await printTry(outside, demoSecret, url);
  hangUp = () => reload();
  if (isHungUp) hangUp();
  if (!signal.aborted) await once(signal, 'abort');
};

/** Prints a command that calls the demo. Its secret and its token end with the gate. */
const printTry = async (io: Io, secret: string, url: string): Promise<void> => {
  const token = await signToken(secret, { sub: 'demo' }, { expiresInSeconds: 3600 });
  const [socket, to] = url.startsWith('unix:')
    ? [`--unix-socket ${url.slice(5)} `, 'http://demo']
    : ['', url];
  await print(io, `try: curl ${socket}-H 'Authorization: Bearer ${token}' ${to}/hello`);
};

/** Runs a gate until it is asked to end, and returns the exit code. */
export const runGate = async (options: ServeOptions, io: Io): Promise<number> => {
  const opened: (() => unknown)[] = [];
  try {
    await serve(options, io, opened);
  } finally {
    for (const close of opened.reverse()) await close();
  }
  return 0;
};
