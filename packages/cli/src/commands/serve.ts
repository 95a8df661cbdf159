// `zepcli serve`: the gate on Node, in front of an API or of the demo.
// Never starts with a configuration that is wrong.
import { type Command, defineCommand, envFile, flag, secretFile, text, texts } from '../command.ts';
import { readOptions } from '../serve/options.ts';
import { runGate } from '../serve/run-gate.ts';

export const serve: Command = defineCommand({
  options: {
    upstream: text('the API to stand in front of: http://127.0.0.1:8000'),
    demo: flag('stand in front of a small API that echoes, to try things out'),
    host: text('address to listen on (default 127.0.0.1)'),
    port: text('port to listen on, 0 for a free one (default 8787)'),
    'env-file': envFile,
    'secret-file': secretFile,
    'public-path': texts(
      'a path that needs no token for GET and HEAD; may be given again (default /healthz)',
    ),
    timeout: text('seconds to wait for the headers of an answer (default 60)'),
    'forward-authorization': flag('leave the Authorization header for the API'),
    'trusted-proxy': texts(
      'address or range of a proxy of yours, whose X-Forwarded-* is believed; may be given again',
    ),
    'tls-cert': text('speak TLS, with the certificates in this PEM file', 'files'),
    'tls-key': text('the key that goes with them', 'files'),
    'require-https': flag('refuse what came over plain HTTP'),
    throttle: text(
      'wrong tokens that one client may send, in a window: 20/1m (default any number)',
    ),
    revocations: flag(
      'refuse revoked tokens; the list is in the store that ZEP_AUTH_STORE_URL names',
    ),
    'store-down': text(
      'while the store does not answer, let in (open) or nobody (closed, default)',
      ['closed', 'open'],
    ),
    'metrics-port': text('serve metrics for Prometheus on this port of 127.0.0.1'),
    log: text('text (default): what was refused; json: a line for each request', ['text', 'json']),
  },
  examples: [
    [
      'zepcli serve --upstream http://127.0.0.1:8000',
      'let only your own clients through to an API',
    ],
    ['zepcli serve --demo --port 0', 'try it out'],
  ],
  run: (args, io) => runGate(readOptions(args), io),
});
