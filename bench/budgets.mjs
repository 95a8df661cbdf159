// The budgets as data: each is one ratio or size of this run and its limit. Measured figures are in results.json.
import {
  EMPTY_MIDDLEWARE,
  FLOOR,
  NO_MIDDLEWARE,
  OURS,
  OURS_MISS,
  OURS_OFF,
  OURS_PROMISE,
  OURS_RETURNING,
  OURS_WEB_CRYPTO,
} from './contestants.mjs';
import { EDGE, EDGE_TINY, SDK, SDK_OWN } from './groups/bundles.mjs';
import { FEW, MANY } from './groups/distinct.mjs';
import {
  AFTER_MANY,
  BARE,
  DOWNLOADING,
  FRESH,
  GATE,
  HTTPXY,
  NGINX,
  UPLOADING,
} from './groups/gate.mjs';
import { GARBAGE, GARBAGE_LARGE, GOOD, GOOD_LARGE, HEADER, TOO_LARGE } from './groups/refusals.mjs';
import { JOSE_SIGN, SIGN_FLOOR } from './groups/sign.mjs';
import { COMMANDS, HELP, INIT, NOTHING } from './groups/startup.mjs';

const NODES = ['node20', 'node22', 'node24', 'node26'];

const seen = { group: 'verify', scenario: 'repeated', of: OURS_PROMISE };
const unseen = { group: 'verify', scenario: 'distinct', of: OURS_OFF };
const guarded = { group: 'hono', scenario: 'repeated', of: OURS, to: EMPTY_MIDDLEWARE };
/** One row for Node and one for Bun, whose limits differ. */
const onNodeAndBun = (budget, onNode, onBun) => [
  { ...budget, atMost: onNode, judged: NODES },
  { ...budget, what: `${budget.what}, on Bun`, atMost: onBun, judged: ['bun'] },
];
const throughput = { group: 'http', scenario: 'throughput', of: OURS };
const capacity = { group: 'http', scenario: 'capacity', of: OURS };
const refusing = { group: 'refusals', scenario: 'zepAuth', atMost: 1 };
const start = { group: 'startup', scenario: 'startup', to: NOTHING };
const proxied = { group: 'gate', of: GATE, to: HTTPXY };
const memory = { group: 'gate', scenario: 'memory', to: FRESH, atMost: 1.25 };

/**
 * @typedef {object} Budget
 * @property {string} what
 * @property {string} group
 * @property {string} scenario
 * @property {string} of the contestant
 * @property {string} [to] the contestant to compare with; without it the figure is a size in KB (1024 bytes)
 * @property {number} [atMost]
 * @property {number} [atLeast]
 * @property {string[]} [judged] the runtimes for which the limit holds, by default all
 */

/** @type {Budget[]} */
export const budgets = [
  { what: 'verify, token seen before, to hono/jwt', ...seen, to: 'hono/jwt', atMost: 0.1 },
  {
    what: 'verify, token seen before, to fast-jwt’s cache',
    ...seen,
    to: 'fast-jwt, cache',
    atMost: 1,
  },
  ...onNodeAndBun(
    { what: 'verify, cache off, to HMAC + JSON.parse', ...unseen, to: FLOOR },
    1.1,
    1.2,
  ),
  ...onNodeAndBun(
    {
      what: 'verify, every token a cache miss, to HMAC + JSON.parse',
      ...unseen,
      of: OURS_MISS,
      to: FLOOR,
    },
    1.1,
    1.2,
  ),
  { what: 'verify, cache off, to fast-jwt', ...unseen, to: 'fast-jwt', atMost: 1 },
  { what: 'verify, cache off, to jsonwebtoken', ...unseen, to: 'jsonwebtoken', atMost: 1 },
  ...['ordinary', 'large'].flatMap((scenario) => {
    const size = scenario === 'large' ? '1 KB' : '100 B';
    const signing = { group: 'sign', scenario };
    return [
      {
        what: `sign ${size}, to JSON.stringify + HMAC`,
        ...signing,
        of: OURS_PROMISE,
        to: SIGN_FLOOR,
        atMost: 1.5,
        judged: NODES,
      },
      {
        what: `sign ${size} on WebCrypto, to jose`,
        ...signing,
        of: OURS_WEB_CRYPTO,
        to: JOSE_SIGN,
        atMost: 1,
      },
    ];
  }),
  {
    what: 'guarded Hono app in process, to an empty middleware',
    ...guarded,
    atMost: 1.2,
    judged: [...NODES, 'bun'],
  },
  {
    what: 'guarded Hono app in process on Deno, to an empty middleware',
    ...guarded,
    atMost: 1.5,
    judged: ['deno'],
  },
  {
    what: 'a refusal on Hono by throwing, to a returned one, over a socket',
    group: 'http',
    scenario: 'refused',
    of: OURS,
    to: OURS_RETURNING,
    atMost: 1.5,
  },
  {
    what: 'HTTP throughput, to an empty middleware',
    ...throughput,
    to: EMPTY_MIDDLEWARE,
    atLeast: 0.95,
  },
  { what: 'HTTP throughput, to no middleware', ...throughput, to: NO_MIDDLEWARE, atLeast: 0.88 },
  {
    what: 'HTTP requests for a second of processor time, to an empty middleware',
    ...capacity,
    to: EMPTY_MIDDLEWARE,
    atLeast: 0.95,
  },
  {
    what: 'HTTP requests for a second of processor time, to no middleware',
    ...capacity,
    to: NO_MIDDLEWARE,
    atLeast: 0.88,
  },
  { what: 'gate, GET, to httpxy', ...proxied, scenario: 'get', atMost: 0.75 },
  { what: 'gate, POST of 1 KB, to httpxy', ...proxied, scenario: 'post', atMost: 0.75 },
  { what: 'gate, GET, to nginx', ...proxied, scenario: 'get', to: NGINX, atMost: 4.5 },
  { what: 'gate, POST of 1 KB, to nginx', ...proxied, scenario: 'post', to: NGINX, atMost: 4.5 },
  { what: 'gate, 256 KB down, to httpxy', ...proxied, scenario: 'large', atMost: 1.1 },
  { what: 'gate, 100 MB up, to httpxy', ...proxied, scenario: 'upload', atMost: 1.1 },
  { what: 'gate, 100 MB down, to httpxy', ...proxied, scenario: 'download', atMost: 1.1 },
  {
    what: 'gate, a refused request, to a bare server',
    ...proxied,
    scenario: 'refused',
    to: BARE,
    atMost: 2.5,
  },
  {
    what: 'gate, an auth subrequest, to a bare server',
    ...proxied,
    scenario: 'subrequest',
    to: BARE,
    atMost: 2,
  },
  { what: 'gate, memory after 10^5 requests', ...memory, of: AFTER_MANY },
  { what: 'gate, memory during 100 MB up', ...memory, of: UPLOADING },
  { what: 'gate, memory during 100 MB down', ...memory, of: DOWNLOADING },
  {
    what: '10^6 distinct tokens to 10^4, time per verification',
    group: 'distinct',
    scenario: 'time',
    of: MANY,
    to: FEW,
    atMost: 2,
  },
  {
    what: '10^6 distinct tokens to 10^4, heap in use',
    group: 'distinct',
    scenario: 'heap',
    of: MANY,
    to: FEW,
    atMost: 1.1,
  },
  { what: 'refusing garbage, to accepting a good token', ...refusing, of: GARBAGE, to: GOOD },
  {
    what: 'refusing 8 KB of garbage, to accepting a good token of 8 KB',
    ...refusing,
    of: GARBAGE_LARGE,
    to: GOOD_LARGE,
  },
  {
    what: 'refusing another algorithm, to accepting a good token',
    ...refusing,
    of: HEADER,
    to: GOOD,
  },
  { what: 'refusing 16 KB, to accepting a good token', ...refusing, of: TOO_LARGE, to: GOOD },
  {
    what: 'edge bundle (Hono, guard, core), KB',
    group: 'bundles',
    scenario: 'gzip',
    of: EDGE,
    atMost: 24,
  },
  {
    what: 'edge bundle with Hono’s tiny preset, KB',
    group: 'bundles',
    scenario: 'gzip',
    of: EDGE_TINY,
    atMost: 24,
  },
  {
    what: 'sdk-auth, its own code, KB',
    group: 'bundles',
    scenario: 'gzip',
    of: SDK_OWN,
    atMost: 2.5,
  },
  {
    what: 'sdk-auth with what it uses of core, KB',
    group: 'bundles',
    scenario: 'gzip',
    of: SDK,
    atMost: 2.5,
  },
  { what: '`zepcli -i` to `node -e 0`', ...start, of: INIT, atMost: 1.7 },
  ...COMMANDS.map((of) => ({ what: `\`${of}\` to \`node -e 0\``, ...start, of, atMost: 2.8 })),
  { what: '`zepcli --help` to `node -e 0`', ...start, of: HELP, atMost: 3.2 },
];
