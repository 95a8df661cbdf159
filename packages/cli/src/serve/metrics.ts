// What a gate counts, for Prometheus, on a separate port of loopback. No label has a value that a client chooses.
import { createServer } from 'node:http';
import type { Auth, GuardResult } from '@zep-auth/server';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { CliError, causeOf } from '../io/errors.ts';
import { isLoopback, listenOnLoopback } from '../io/loopback.ts';

export type Metrics = ReturnType<typeof createMetrics>;

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

/** A token ends soon within this time, unless it was made for as short a life. */
const SOON_SECONDS = 86_400;

const endsSoon = ({ expiresAt, claims: { iat = 0 } }: Auth): boolean =>
  expiresAt !== undefined &&
  expiresAt - Date.now() / 1000 < SOON_SECONDS &&
  expiresAt - iat > SOON_SECONDS;

const WATCHED = ['ERR_TOKEN_SIGNATURE', 'ERR_TOKEN_EXPIRED', 'ERR_TOO_MANY_FAILURES'];
const UPSTREAM = ['ERR_UPSTREAM_UNREACHABLE', 'ERR_UPSTREAM_TIMEOUT'];

export const createMetrics = () => {
  const registry = new Registry();
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name: `zep_auth_${name}_total`, help, labelNames, registers });
  const requests = counter('requests', 'Requests by what became of them.', ['outcome', 'code']);
  const accepted = counter('accepted', 'Accepted tokens by their key.', ['key_id', 'cached']);
  const ending = counter(
    'accepted_ending',
    'Accepted tokens that end within a day, and were made for longer.',
    ['key_id'],
  );
  const upstream = counter('upstream_errors', 'Requests that the API did not answer.', ['code']);
  const store = counter('store_failures', 'Tokens that the store could not be asked about.', []);
  const reloads = counter('reloads', 'How often the configuration was reloaded.', ['result']);
  const dropped = counter('connections_dropped', 'Connections beyond the greatest number.', []);
  const keys = new Gauge({
    name: 'zep_auth_key',
    help: 'The keys whose tokens are accepted: current or previous.',
    labelNames: ['key_id', 'role'],
    registers,
  });
  const lastUsed = new Map<string, number>();
  new Gauge({
    name: 'zep_auth_key_last_used_timestamp_seconds',
    help: 'When a token of this key was accepted last.',
    labelNames: ['key_id'],
    registers,
    collect() {
      for (const [key_id, ms] of lastUsed) this.set({ key_id }, Math.floor(ms / 1000));
    },
  });
  const duration = new Histogram({
    name: 'zep_auth_request_duration_seconds',
    help: 'Time until the headers of an answer.',
    labelNames: ['outcome'],
    buckets: SECONDS,
    registers,
  });
  // From the start, so that the first of each is seen as an increase.
  for (const outcome of ['accepted', 'refused', 'off']) requests.inc({ outcome, code: '' }, 0);
  for (const code of WATCHED) requests.inc({ outcome: 'refused', code }, 0);
  for (const code of UPSTREAM) upstream.inc({ code }, 0);
  for (const result of ['done', 'failed']) reloads.inc({ result }, 0);
  return {
    registry,
    countRequest: (result: GuardResult | undefined, durationMs: number): void => {
      const { outcome = 'unguarded', code = '', keyId, cached } = result ?? {};
      requests.inc({ outcome, code });
      if (keyId !== undefined && outcome === 'accepted') {
        accepted.inc({ key_id: keyId, cached: String(cached) });
      }
      duration.observe({ outcome }, durationMs / 1000);
    },
    countAccepted: (auth: Auth): void => {
      lastUsed.set(auth.keyId, Date.now());
      if (endsSoon(auth)) ending.inc({ key_id: auth.keyId });
    },
    countUpstreamError: (code: string): void => upstream.inc({ code }),
    countStoreFailure: (): void => store.inc(),
    countReload: (result: 'done' | 'failed'): void => reloads.inc({ result }),
    /** A connection was closed because there were as many as allowed. */
    countDropped: (): void => dropped.inc(),
    /** Takes the keys of the configuration, the current one first. */
    setKeys: (keyIds: readonly string[]): void => {
      keys.reset();
      keyIds.forEach((key_id, i) => {
        const role = i === 0 ? 'current' : 'previous';
        keys.set({ key_id, role }, 1);
        accepted.inc({ key_id, cached: 'false' }, 0);
        ending.inc({ key_id }, 0);
      });
    },
  };
};

/** Serves metrics on loopback. @throws {CliError} when the port cannot be listened on */
export const serveMetrics = ({ registry }: Metrics, port: number) => {
  const server = createServer(async ({ url, method, headers }, response) => {
    // A page that has had its name pointed here is not to read it.
    const isLocal = isLoopback((headers.host ?? '').replace(/:\d+$/, ''));
    if (!isLocal || url !== '/metrics' || (method !== 'GET' && method !== 'HEAD')) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': registry.contentType });
    response.end(await registry.metrics());
  });
  return listenOnLoopback(server, port).catch((error: unknown) => {
    const message = `cannot listen on metrics port ${port}: ${causeOf(error)}`;
    throw new CliError('ERR_NETWORK', message);
  });
};
