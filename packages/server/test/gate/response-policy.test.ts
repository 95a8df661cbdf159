// What the client gets of an answer's headers.
import { describe, expect, it } from 'vitest';
import {
  addToVary,
  createResponsePolicy,
  type ResponseFacts,
  toClientExtras,
} from '../../src/gate/response-policy.ts';
import { parseUpstream } from '../../src/gate/upstream-address.ts';
import { toPrivateCacheControl } from '../../src/private-cache.ts';

const ADDRESS = parseUpstream('http://127.0.0.1:8000');
const FACTS: ResponseFacts = {
  status: 200,
  isPersonal: false,
  requestId: undefined,
  cors: undefined,
};
const PERSONAL = { ...FACTS, isPersonal: true };
const policy = createResponsePolicy(ADDRESS, ['Authorization'], {});

describe('an answer that is the same for everyone', () => {
  it('keeps its fields in order, case and number, byte for byte', () => {
    const headers = ['X-B', '1', 'x-a', '\xe9\xff', 'X-B', '', 'Set-Cookie', 'a=1', 'Vary', '*'];
    expect(policy(headers, FACTS)).toEqual(headers);
  });

  it('keeps a field and a trailer under a name that every object has', () => {
    expect(policy(['constructor', '1'], FACTS)).toEqual(['constructor', '1']);
    expect(toClientExtras(['constructor', '1'])).toEqual(['constructor', '1']);
  });

  it('loses what belongs to one connection, and what Connection names', () => {
    const hop = ['Keep-Alive', '1', 'TE', '1', 'Transfer-Encoding', 'chunked', 'Upgrade', 'h2c'];
    const proxy = ['Proxy-Authenticate', 'Basic', 'Proxy-Connection', 'close'];
    const headers = [...hop, ...proxy, 'Connection', 'close, X-Hop', 'x-hop', '1', 'X-Own', '2'];
    expect(policy(headers, FACTS)).toEqual(['X-Own', '2']);
  });

  it('has a Content-Length, except 204', () => {
    const headers = ['Content-Length', '0'];
    expect(policy(headers, FACTS)).toEqual(headers);
    expect(policy(headers, { ...FACTS, status: 204 })).toEqual([]);
    expect(policy(headers, { ...FACTS, status: 304 })).toEqual(headers);
  });

  it('keeps what it tells caches', () => {
    const headers = ['Cache-Control', 'public', 'Surrogate-Control', 'max-age=1'];
    expect(policy(headers, FACTS)).toEqual(headers);
  });

  it('names the upstream’s own URLs and cookies as the gate’s', () => {
    const url = 'http://127.0.0.1:8000/x';
    const given = ['Location', url, 'content-location', url, 'Refresh', `1; url=${url}`];
    const cookies = ['Set-Cookie', 'a=1; Domain=127.0.0.1', 'Link', `<${url}>`];
    expect(policy([...given, ...cookies], FACTS)).toEqual([
      ...['Location', '/x', 'content-location', '/x', 'Refresh', '1; url=/x'],
      ...['Set-Cookie', 'a=1', 'Link', `<${url}>`],
    ]);
  });

  it('carries the id of its request instead of the upstream’s', () => {
    const headers = ['X-Request-ID', 'theirs'];
    expect(policy(headers, FACTS)).toEqual(headers);
    expect(policy(headers, { ...FACTS, requestId: 'ours' })).toEqual(['X-Request-Id', 'ours']);
  });

  it('says of other origins what the gate says, where it says something', () => {
    const upstream = ['Access-Control-Allow-Origin', '*', 'Vary', 'Accept'];
    const headers = ['Access-Control-Allow-Origin', 'https://app.example'];
    expect(policy(upstream, { ...FACTS, cors: { headers, varyBy: ['Origin'] } })).toEqual([
      ...['Vary', 'Accept, Origin'],
      ...headers,
    ]);
  });
});

describe('an answer to somebody’s token', () => {
  it.each([
    [[], 'private'],
    [['public'], 'private'],
    [['public, max-age=60'], 'max-age=60, private'],
    [['max-age=60, s-maxage=600'], 'max-age=60, private'],
    [['S-MaxAge = 600 , PUBLIC'], 'private'],
    [['private'], 'private'],
    [['private="x-own", max-age=1'], 'max-age=1, private'],
    [['no-store'], 'no-store'],
    [['no-store, public'], 'no-store'],
    [['no-cache'], 'no-cache, private'],
    [['max-age=1', 'public'], 'max-age=1, private'],
    [['extension="a, public, b"'], 'extension="a, public, b", private'],
    [['extension="\\", public', 's-maxage=1'], 'extension="\\", public, private'],
    [['publicity, s-maxages=1'], 'publicity, s-maxages=1, private'],
    [[', ,'], 'private'],
  ])('is not for a shared cache: %j', (values, expected) => {
    expect(toPrivateCacheControl(values)).toBe(expected);
  });

  it.each([
    [[], 'Authorization'],
    [['Accept'], 'Accept, Authorization'],
    [['accept', 'Origin'], 'accept, Origin, Authorization'],
    [['authorization'], 'authorization'],
    [['*'], '*'],
    [['Accept', '*'], '*'],
  ])('varies by the token: %j', (values, expected) => {
    expect(addToVary(values, ['Authorization'])).toBe(expected);
  });

  it('tells no cache in front to store it', () => {
    const names = [
      'CDN-Cache-Control',
      'Cloudflare-CDN-Cache-Control',
      'Vercel-CDN-Cache-Control',
      'Surrogate-Control',
      'Edge-Control',
      'X-Accel-Expires',
      'X-LiteSpeed-Cache-Control',
    ];
    const headers = names.flatMap((name) => [name, 'max-age=60']);
    expect(policy(headers, PERSONAL)).toEqual([
      ...['Cache-Control', 'private', 'Vary', 'Authorization'],
    ]);
    const redirect = ['X-Accel-Redirect', '/internal', 'Surrogate-Key', 'a'];
    expect(policy(redirect, PERSONAL)).toEqual(expect.arrayContaining(redirect));
  });

  it('has one Cache-Control and one Vary', () => {
    const headers = [
      'Cache-Control',
      'public',
      'cache-control',
      'max-age=1',
      'Vary',
      'A',
      'vary',
      'B',
    ];
    expect(policy(headers, PERSONAL)).toEqual([
      ...['Cache-Control', 'max-age=1, private', 'Vary', 'A, B, Authorization'],
    ]);
  });

  it('stays as it is with sharedCache', () => {
    const shared = createResponsePolicy(ADDRESS, ['Authorization'], { sharedCache: true });
    const headers = ['Cache-Control', 'public', 'CDN-Cache-Control', 'max-age=60'];
    expect(shared(headers, PERSONAL)).toEqual(headers);
  });
});

it('keeps the trailers that can be trailers', () => {
  const dropped = [
    'Content-Length',
    '1',
    'Transfer-Encoding',
    'x',
    'Set-Cookie',
    'a=1',
    'Vary',
    'x',
  ];
  const kept = ['Server-Timing', 'a;dur=1', 'X-Sum', '\xff'];
  expect(toClientExtras([...dropped, ...kept, 'Connection', 'close'])).toEqual(kept);
});
