// A gate that runs: from its first configuration, through every later one, to its last answer.
// Never gives up a good configuration for another that is wrong.
import { once } from 'node:events';
import { keyIds } from '@zep-auth/core';
import {
  type CorsOptions,
  createNodeGate,
  type NodeGate,
  type NodeGateOptions,
} from '@zep-auth/server/node';
import { STORE_VARIABLE } from '../config.ts';
import { startDemo } from '../demo.ts';
import { UsageError } from '../io/errors.ts';
import { type Io, log, print, warn } from '../io/io.ts';
import { isLoopback } from '../io/loopback.ts';
import { createLog } from './log.ts';
import { createMetrics, serveMetrics } from './metrics.ts';
import { type RunningServer, type ServerHandlers, startServer } from './node-server.ts';
import { createObserver, type Observer } from './observer.ts';
import { parseForwardClaims, parseScopes, type ServeOptions } from './options.ts';
import { createReloadableConfig, type GateConfig } from './reloadable-config.ts';
import { openRevocations, type Revocations } from './revocations.ts';
import { createTrustedProxies, type TrustedProxies } from './trusted-proxies.ts';
import { Pool } from './undici-pool.js';

const GRACE_MS = 10_000;
const POLL_MS = 5000;

/** What a gate is made of, beside its configuration: the same for each that follows. */
const toGateOptions = (
  options: ServeOptions,
  upstream: string,
  proxies: TrustedProxies,
  observer: Observer,
  revocations: Revocations | undefined,
): Omit<NodeGateOptions, 'config' | 'env'> => ({
  upstream,
  undici: { Pool },
  responseTimeoutSeconds: options.timeout,
  maxHeaderBytes: options.maxHeaderBytes,
  ...(options.publicPath.length > 0 && { publicPaths: options.publicPath }),
  forwardAuthorization: options.forwardAuthorization,
  forwardClaims: parseForwardClaims(options.forwardClaim),
  forwardHeaders: options.forwardHeader,
  pathScopes: parseScopes(options.scope),
  sharedCache: options.sharedCache,
  ...(options.allowHost.length > 0 && { allowHosts: options.allowHost }),
  ...(options.corsOrigin.length > 0 && { cors: toCors(options) }),
  requireHttps: options.requireHttps,
  ...(options.trustedProxy.length > 0 && {
    trustedProxy: ({ peerAddress }) => proxies.isTrusted(peerAddress),
  }),
  ...(options.throttle && {
    throttle: {
      ...options.throttle,
      clientAddress: (_view, request) => observer.clientOf(request),
    },
  }),
  ...(revocations && { revocations: revocations.list }),
  ...observer.hooks,
});

const toCors = (options: ServeOptions): CorsOptions => ({
  origin: options.corsOrigin.includes('*') ? '*' : options.corsOrigin,
  credentials: options.corsCredentials,
  ...(options.corsMethod.length > 0 && { allowMethods: options.corsMethod }),
  allowHeaders: options.corsHeader,
  exposeHeaders: options.corsExpose,
  ...(options.corsMaxAge !== undefined && { maxAge: options.corsMaxAge }),
});

const createGateOrExplain = (options: NodeGateOptions): NodeGate => {
  try {
    return createNodeGate(options);
  } catch (error) {
    // What is left to be wrong are options that the gate judges itself.
    throw error instanceof TypeError ? new UsageError(error.message) : error;
  }
};

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
  const proxies = createTrustedProxies(options.trustedProxy, options.listen !== undefined);
  const metrics = options.metricsPort === undefined ? undefined : createMetrics();
  const observer = createObserver(proxies, requestLog, metrics);
  let gate: NodeGate | undefined;
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
      void gate?.close(); // ends with the last request that it has
      gate = made;
      isStale = false;
      isOff = !next.config.required;
      metrics?.countReload('done');
      void nameKey(next).then((key) => log(io, `configuration reloaded; ${key}`));
    },
    onFailure: (reason) => {
      isStale = true;
      metrics?.countReload('failed');
      warn(io, `the configuration stays as it was: ${reason}`);
    },
  });
  warnOfSetup(io, options, settings.first);
  isOff = !settings.first.config.required;
  const { record, tls } = settings.first;
  const revocations = options.revocations
    ? await openRevocations(io, record, options.storeDown ?? 'closed', () =>
        metrics?.countStoreFailure(),
      )
    : undefined;
  opened.push(() => revocations?.close());
  const demo = options.upstream === undefined ? await startDemo() : undefined;
  opened.push(() => demo?.close());
  const upstream = options.upstream ?? demo?.url ?? '';
  const common = toGateOptions(options, upstream, proxies, observer, revocations);
  const makeGate = ({ config, upstreamCa }: GateConfig): NodeGate =>
    createGateOrExplain({
      ...common,
      config: { ...config, warnings: [] }, // said already
      ...(upstreamCa && { upstreamCa }),
      hasWarning: () => isStale || isOff || (revocations?.isDown() ?? false),
      onWarning: (warning) => warn(io, warning),
    });
  const first = makeGate(settings.first);
  gate = first;
  opened.push(() => gate?.close());

  const counted = metrics && (await serveMetrics(metrics, options.metricsPort ?? 0));
  opened.push(() => counted?.close());
  const handlers: ServerHandlers = {
    onRequest: (request, response) => {
      observer.begin(request);
      (gate ?? first).handleRequest(request, response);
    },
    onUpgrade: (request, socket, head) => {
      observer.begin(request);
      (gate ?? first).handleUpgrade(request, socket, head);
    },
    onUnreadable: observer.unreadable,
  };
  const { listen: socketPath, host, port, maxHeaderBytes } = options;
  const address = socketPath === undefined ? { host, port } : { socketPath };
  const listening = await startServer(handlers, { address, tls, maxHeaderBytes });
  server = listening;
  opened.push(() => {
    gate?.drain();
    return listening.close(GRACE_MS);
  });
  const poll = setInterval(() => void settings.reloadIfChanged(), POLL_MS);
  opened.push(() => clearInterval(poll));
  if (counted) log(io, `metrics on http://127.0.0.1:${counted.port}/metrics`);
  const scheme = socketPath === undefined ? `http${tls ? 's' : ''}://` : '';
  await print(outside, `listening on ${scheme}${server.address}`);
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
