// A gate that runs: from its first configuration, through every later one, to its last answer.
// Never gives up a good configuration for another that is wrong.
import { once } from 'node:events';
import { createGate, type GateOptions } from '@zep-auth/server';
import type { Hono } from 'hono';
import { STORE_VARIABLE } from '../config.ts';
import { createDemo } from '../demo.ts';
import { type Io, print, say, UsageError } from '../io.ts';
import { type RunningServer, startServer } from '../node-server.ts';
import { createLog } from './log.ts';
import { createMetrics, serveMetrics } from './metrics.ts';
import { createObserver, type Observer } from './observer.ts';
import type { ServeOptions } from './options.ts';
import { createPatientFetch } from './patient-fetch.ts';
import { openRevocations, type Revocations } from './revocations.ts';
import { readSettings, type Settings } from './settings.ts';

const GRACE_MS = 10_000;
const POLL_MS = 5000;

const isLoopback = (host: string): boolean => /^(?:localhost|127\.[\d.]+|::1)$/.test(host);

/** What a gate is made of, beside its configuration: the same for each that follows. */
const toGateOptions = (
  options: ServeOptions,
  observer: Observer,
  revocations: Revocations | undefined,
): Omit<GateOptions, 'fetch' | 'config'> => ({
  upstream: options.upstream ?? 'http://demo.invalid',
  responseTimeoutSeconds: options.responseTimeoutSeconds,
  ...(options.publicPaths && { publicPaths: options.publicPaths }),
  forwardAuthorization: options.forwardAuthorization,
  requireHttps: options.requireHttps,
  peerAddress: observer.addressOf,
  trustedProxy: (c) => options.peers.isTrusted(observer.addressOf(c)),
  ...(options.throttle && { throttle: { ...options.throttle, clientAddress: observer.clientOf } }),
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
const warn = (io: Io, { host, revocations }: ServeOptions, { record, tls }: Settings): void => {
  if (record[STORE_VARIABLE] && revocations === undefined) {
    say(io, `warning: ${STORE_VARIABLE} is set, but only --revocations makes use of it`);
  }
  if (!isLoopback(host) && tls === undefined) {
    say(io, 'warning: others can reach this address in plain HTTP; put TLS in front of it');
  }
};

/** Runs a gate until it is asked to end, and returns the exit code. */
export const runGate = async (options: ServeOptions, outside: Io): Promise<number> => {
  const log = createLog(outside, options.isLogJson);
  const { io } = log;
  const metrics = options.metricsPort === undefined ? undefined : createMetrics();
  const observer = createObserver(options.peers, log, metrics);
  let gate: Hono | undefined;
  let server: RunningServer | undefined;
  let isStale = false;

  const settings = await readSettings(io, options.source, {
    onReload: (next) => {
      const made = makeGate(next);
      if (next.tls !== undefined) server?.setCertificate(next.tls);
      gate = made;
      isStale = false;
      metrics?.countReload('done');
      say(io, 'the configuration has been read anew');
    },
    onFailure: (reason) => {
      isStale = true;
      metrics?.countReload('failed');
      say(io, `warning: the configuration stays as it was: ${reason}`);
    },
  });
  warn(io, options, settings.first);
  const { record, tls } = settings.first;
  const revocations =
    options.revocations &&
    (await openRevocations(io, record, options.revocations, () => metrics?.countStoreFailure()));
  const patient = createPatientFetch();
  const demo = createDemo();
  const common = toGateOptions(options, observer, revocations);
  const makeGate = ({ config }: Settings): Hono =>
    createGateOrExplain({
      ...common,
      config: { ...config, warnings: [] }, // said already
      fetch: options.upstream
        ? patient.fetch
        : async (url, init) => demo.fetch(new Request(url, init)),
      hasWarning: () => isStale,
      onWarning: (warning) => say(io, `warning: ${warning}`),
    });
  const first = makeGate(settings.first);

  server = await startServer((request, env) => observer.pass(gate ?? first, request, env), {
    ...options,
    tls,
  });
  const counted = metrics && (await serveMetrics(metrics, options.metricsPort ?? 0));
  if (counted) say(io, `metrics on http://127.0.0.1:${counted.port}/metrics`);
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  print(outside, `listening on http${tls ? 's' : ''}://${host}:${server.port}`);

  const offHangup = outside.onHangup?.(() => void settings.reload());
  const poll = setInterval(() => void settings.reloadIfChanged(), POLL_MS);
  if (!outside.signal.aborted) await once(outside.signal, 'abort');
  clearInterval(poll);
  offHangup?.();
  await server.close(GRACE_MS);
  counted?.close();
  await patient.close();
  await revocations?.close();
  return 0;
};
