// A gate that runs: from its first configuration, through every later one, to its last answer.
// Never gives up a good configuration for another that is wrong.
import { once } from 'node:events';
import { keyIds } from '@zep-auth/core';
import { createGate, type GateOptions } from '@zep-auth/server';
import type { Hono } from 'hono';
import { STORE_VARIABLE } from '../config.ts';
import { createDemo } from '../demo.ts';
import { type Io, log, print, UsageError } from '../io/io.ts';
import { isLoopback } from '../io/loopback.ts';
import { createFetchWithoutTimeout } from './fetch-without-timeout.ts';
import { createLog } from './log.ts';
import { createMetrics, serveMetrics } from './metrics.ts';
import { type RunningServer, startServer } from './node-server.ts';
import { createObserver, type Observer } from './observer.ts';
import type { ServeOptions } from './options.ts';
import { createReloadableConfig, type GateConfig } from './reloadable-config.ts';
import { openRevocations, type Revocations } from './revocations.ts';
import { createTrustedProxies, type TrustedProxies } from './trusted-proxies.ts';

const GRACE_MS = 10_000;
const POLL_MS = 5000;

/** What a gate is made of, beside its configuration: the same for each that follows. */
const toGateOptions = (
  options: ServeOptions,
  proxies: TrustedProxies,
  observer: Observer,
  revocations: Revocations | undefined,
): Omit<GateOptions, 'fetch' | 'config' | 'env'> => ({
  upstream: options.upstream ?? 'http://demo.invalid',
  responseTimeoutSeconds: options.timeout,
  ...(options.publicPath.length > 0 && { publicPaths: options.publicPath }),
  forwardAuthorization: options.forwardAuthorization,
  requireHttps: options.requireHttps,
  peerAddress: observer.addressOf,
  trustedProxy: (_view, c) => proxies.isTrusted(observer.addressOf(c)),
  ...(options.throttle && {
    throttle: { ...options.throttle, clientAddress: (_view, c) => observer.clientOf(c) },
  }),
  ...(revocations && { revocations: revocations.list }),
  ...observer.hooks,
});

const createGateOrExplain = (options: GateOptions): Hono => {
  try {
    return createGate(options);
  } catch (error) {
    // What is left to be wrong are the two options that the gate judges itself.
    throw error instanceof TypeError ? new UsageError(error.message) : error;
  }
};

/** Says what an operator should think about. */
const warn = (io: Io, { host, revocations }: ServeOptions, { record, tls }: GateConfig): void => {
  if (record[STORE_VARIABLE] && !revocations) {
    log(io, `warning: ${STORE_VARIABLE} is set, but only --revocations makes use of it`);
  }
  if (!isLoopback(host) && tls === undefined) {
    log(io, 'warning: others can reach this address in plain HTTP; put TLS in front of it');
  }
};

/** The current key, by which operators see that a rotation has arrived. */
const nameKey = async ({ config: { keyring } }: GateConfig): Promise<string> => {
  if (keyring === undefined) return 'there is no secret';
  const [keyId] = await keyIds(keyring);
  return `the current key is ${keyId}`;
};

/** Serves until it is asked to end. What it opens is noted, to be closed whatever happens. */
const serve = async (
  options: ServeOptions,
  outside: Io,
  opened: (() => unknown)[],
): Promise<void> => {
  const { signal } = outside;
  const requestLog = createLog(outside, options.log === 'json');
  const { io } = requestLog;
  const proxies = createTrustedProxies(options.trustedProxy);
  const metrics = options.metricsPort === undefined ? undefined : createMetrics();
  const observer = createObserver(proxies, requestLog, metrics);
  let gate: Hono | undefined;
  let server: RunningServer | undefined;
  let isStale = false;
  let isOff = false;

  // Who hangs up before it listens is heard when it does.
  let isHungUp = false;
  let hangUp = (): void => {
    isHungUp = true;
  };
  const offHangup = outside.onHangup?.(() => hangUp());
  opened.push(() => offHangup?.());
  const settings = await createReloadableConfig(io, options, {
    onReload: (next) => {
      const made = makeGate(next);
      if (next.tls !== undefined) server?.setCertificate(next.tls);
      gate = made;
      isStale = false;
      isOff = !next.config.required;
      metrics?.countReload('done');
      void nameKey(next).then((key) => log(io, `the configuration has been read anew; ${key}`));
    },
    onFailure: (reason) => {
      isStale = true;
      metrics?.countReload('failed');
      log(io, `warning: the configuration stays as it was: ${reason}`);
    },
  });
  warn(io, options, settings.first);
  isOff = !settings.first.config.required;
  const { record, tls } = settings.first;
  const revocations = options.revocations
    ? await openRevocations(io, record, options.storeDown ?? 'closed', () =>
        metrics?.countStoreFailure(),
      )
    : undefined;
  opened.push(() => revocations?.close());
  const untimed = createFetchWithoutTimeout();
  opened.push(untimed.close);
  const demo = createDemo();
  const common = toGateOptions(options, proxies, observer, revocations);
  const makeGate = ({ config }: GateConfig): Hono =>
    createGateOrExplain({
      ...common,
      config: { ...config, warnings: [] }, // said already
      fetch: options.upstream
        ? untimed.fetch
        : async (url, init) => demo.fetch(new Request(url, init)),
      hasWarning: () => isStale || isOff || (revocations?.isDown() ?? false),
      onWarning: (warning) => log(io, `warning: ${warning}`),
    });
  const first = makeGate(settings.first);

  const counted = metrics && (await serveMetrics(metrics, options.metricsPort ?? 0));
  opened.push(() => counted?.close());
  const listening = await startServer(
    (request, env) => observer.pass(gate ?? first, request, env),
    { ...options, tls },
  );
  server = listening;
  opened.push(() => listening.close(GRACE_MS));
  const poll = setInterval(() => void settings.reloadIfChanged(), POLL_MS);
  opened.push(() => clearInterval(poll));
  if (counted) log(io, `metrics on http://127.0.0.1:${counted.port}/metrics`);
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  print(outside, `listening on http${tls ? 's' : ''}://${host}:${server.port}`);
  hangUp = () => void settings.reload();
  if (isHungUp) hangUp();
  if (!signal.aborted) await once(signal, 'abort');
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
