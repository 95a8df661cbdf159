// `zepcli serve`: the gate on Node, in front of an API or of the demo.
// Never starts with a configuration that is wrong, and never logs more than why it refused.
import { once } from 'node:events';
import { createGate } from '@zep-auth/server';
import type { Context } from 'hono';
import { Agent, fetch as undiciFetch } from 'undici';
import { type Command, defineCommand, flag, secretFile, text, texts } from '../command.ts';
import { loadConfig } from '../config.ts';
import { createDemo } from '../demo.ts';
import { print, say, UsageError } from '../io.ts';
import { type NodeBindings, startServer } from '../node-server.ts';

const GRACE_MS = 10_000;

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const parseWhole = (option: string, value: string, max: number): number => {
  const number = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (number <= max) return number;
  throw new UsageError(`--${option} takes a whole number from 0 to ${max}`);
};

/** Node's fetch gives up on a body after 300 s of silence; this one waits as long as the client does. */
const createPatientFetch = (): { readonly fetch: Fetch; readonly close: () => Promise<void> } => {
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  const patient = undiciFetch as unknown as (url: string, init: object) => Promise<Response>; // undici's own types of the same standard
  return {
    fetch: (url, init) => patient(url, { ...init, dispatcher }),
    close: () => dispatcher.close(),
  };
};

/** A request in a log line. Long path segments may be anything, a token too, so they stay out. */
const nameRequest = ({ req }: Context): string =>
  `${req.method} ${req.path.replace(/[^/]{17,}/g, '…')}`;

const isLoopback = (host: string): boolean => /^(?:localhost|127\.[\d.]+|::1)$/.test(host);

export const serve: Command = defineCommand({
  options: {
    upstream: text('the API to stand in front of: http://127.0.0.1:8000'),
    demo: flag('stand in front of a small API that echoes, to try things out'),
    host: text('address to listen on (default 127.0.0.1)'),
    port: text('port to listen on, 0 for a free one (default 8787)'),
    'env-file': text('read variables from this file; those of the environment win'),
    'secret-file': secretFile,
    'public-path': texts(
      'a path that needs no token for GET and HEAD; may be given again (default /healthz)',
    ),
    timeout: text('seconds to wait for the headers of an answer (default 60)'),
    'forward-authorization': flag('leave the Authorization header for the API'),
  },
  examples: [
    [
      'zepcli serve --upstream http://127.0.0.1:8000',
      'let only your own clients through to an API',
    ],
    ['zepcli serve --demo --port 0', 'try it out'],
  ],
  run: async (args, io) => {
    const { upstream, demo, host = '127.0.0.1', port = '8787', timeout = '60' } = args;
    if ((upstream === undefined) === (demo !== true)) {
      throw new UsageError('serve takes one of --upstream URL and --demo');
    }
    const portNumber = parseWhole('port', port, 65_535);
    const responseTimeoutSeconds = parseWhole('timeout', timeout, 86_400);
    if (responseTimeoutSeconds === 0) throw new UsageError('--timeout takes at least 1 second');
    const config = await loadConfig(io, {
      secretFile: args['secret-file'],
      envFile: args['env-file'],
    });
    const patient = createPatientFetch();
    const embedded = createDemo();
    const gate = createGateOrExplain({
      config: { ...config, warnings: [] }, // said already
      upstream: upstream ?? 'http://demo.invalid',
      fetch: demo ? async (url, init) => embedded.fetch(new Request(url, init)) : patient.fetch,
      responseTimeoutSeconds,
      ...(args['public-path'] !== undefined && { publicPaths: args['public-path'] }),
      forwardAuthorization: args['forward-authorization'] === true,
      peerAddress: (c) => (c.env as NodeBindings).incoming.socket.remoteAddress,
      onResult: ({ outcome, code }, c) => {
        if (outcome === 'refused') say(io, `refused ${nameRequest(c)}: ${code}`);
      },
      onWarning: (warning) => say(io, `warning: ${warning}`),
      onUpstreamError: ({ code, message }, c) =>
        say(io, `failed ${nameRequest(c)}: ${code}, ${message}`),
    });
    if (!isLoopback(host)) {
      say(io, 'warning: others can reach this address in plain HTTP; put TLS in front of it');
    }
    const server = await startServer(gate, portNumber, host);
    print(io, `listening on http://${host.includes(':') ? `[${host}]` : host}:${server.port}`);
    if (!io.signal.aborted) await once(io.signal, 'abort');
    await server.close(GRACE_MS);
    await patient.close();
    return 0;
  },
});

const createGateOrExplain = (
  options: Parameters<typeof createGate>[0],
): ReturnType<typeof createGate> => {
  try {
    return createGate(options);
  } catch (error) {
    // What is left to be wrong are the two options that the gate judges itself.
    throw error instanceof TypeError ? new UsageError(error.message) : error;
  }
};
