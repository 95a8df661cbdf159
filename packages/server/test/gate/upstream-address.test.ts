// Where the upstream is, and how its own URLs become URLs of the gate.
import { describe, expect, it } from 'vitest';
import {
  joinTarget,
  parseUpstream,
  toGateCookie,
  toGateRefresh,
  toGateUrl,
} from '../../src/gate/upstream-address.ts';

describe('an upstream', () => {
  it.each([
    ['http://127.0.0.1:8000', 'http://127.0.0.1:8000', undefined, '127.0.0.1:8000', ''],
    ['http://127.0.0.1:8000/', 'http://127.0.0.1:8000', undefined, '127.0.0.1:8000', ''],
    ['https://API.example:443/v1/', 'https://api.example', undefined, 'api.example', '/v1'],
    ['http://[::1]:25/a%20b', 'http://[::1]:25', undefined, '[::1]:25', '/a%20b'],
    ['unix:/run/api.sock', 'http://localhost', '/run/api.sock', 'localhost', ''],
    ['unix:/run/my api.sock:/v1', 'http://localhost', '/run/my api.sock', 'localhost', '/v1'],
  ])('is taken apart: %s', (upstream, origin, socketPath, authority, basePath) => {
    const address = parseUpstream(upstream);
    expect(address).toMatchObject({ origin, authority, basePath });
    expect(address.socketPath).toBe(socketPath);
  });

  it.each([
    'unix:',
    'unix:run/api.sock',
    'unix:/run/api.sock:v1',
    'unix:/run/api.sock:/v1?x',
    'unix://run/api.sock:/v1#x',
    'http://a@b',
    'http://b?x',
    'ftp://b',
    '127.0.0.1:8000',
  ])('has a form that leads nowhere else: %s does not', (upstream) => {
    expect(() => parseUpstream(upstream)).toThrow(TypeError);
  });
});

const ROOT = parseUpstream('http://127.0.0.1:8000');
const BASE = parseUpstream('http://api.internal/base');

describe('a target', () => {
  it.each(['/', '/x?y', '/../x', '/%2e%2e/x', '//x', '/a\\..\\..\\b'])(
    'is the client’s own text where there is no base path: %s',
    (target) => {
      expect(joinTarget(ROOT, target)).toBe(target);
    },
  );

  it.each([
    ['/', '/base/'],
    ['/x?y=/../..', '/base/x?y=/../..'],
    ['//x', '/base//x'],
    ['/a/../b', '/base/a/../b'],
    ['/a/./../b/..', '/base/a/./../b/..'],
    ['/...', '/base/...'],
    ['/..x', '/base/..x'],
    ['/x..', '/base/x..'],
    ['/a%2f..', '/base/a%2f..'],
  ])('is put behind the base path as text: %s', (target, expected) => {
    expect(joinTarget(BASE, target)).toBe(expected);
  });

  it.each([
    '/..',
    '/../x',
    '/./../x',
    '//../x',
    '/a/../../x',
    '/a//../../x',
    '/%2e%2E/x',
    '/.%2e/x',
    '/..\\x',
    '/a\\..\\..\\x',
    '/..%2Fx',
    '/..%5cx',
    '/a%2f..%2f..%2fx',
    '/..;/x',
    '/..;a=b/x',
    '/../base/x',
  ])('does not lead out of the base path in any server’s reading: %s', (target) => {
    expect(() => joinTarget(BASE, target)).toThrow(
      expect.objectContaining({ code: 'ERR_REQUEST_MALFORMED' }),
    );
  });
});

describe('a URL of the upstream in an answer', () => {
  it.each([
    ['http://127.0.0.1:8000/x?y#z', '/x?y#z'],
    ['https://127.0.0.1:8000/x', '/x'],
    ['HTTP://127.0.0.1:8000/x', '/x'],
    ['//127.0.0.1:8000/x', '/x'],
    ['http://127.0.0.1:8000', '/'],
    ['http://127.0.0.1:8000?y', '/?y'],
    ['http://127.0.0.1:8000#z', '/#z'],
    ['http://127.0.0.1:8000//evil.example/x', '/.//evil.example/x'],
    ['http://127.0.0.1:8000/\\evil.example', '/./\\evil.example'],
  ])('leads to the gate: %s as %s', (url, expected) => {
    expect(toGateUrl(ROOT, url)).toBe(expected);
  });

  it.each([
    'http://127.0.0.1:8001/x',
    'http://127.0.0.1/x',
    'http://evil.example/http://127.0.0.1:8000/',
    'http://127.0.0.1:8000@evil.example/',
    'http://evil.example@127.0.0.1:8000/x',
    'http://127.0.0.1:8000.evil.example/',
    'ftp://127.0.0.1:8000/x',
    '/x',
    '//evil.example/x',
    'x',
    '../x',
    '?y',
    '#z',
    '',
    'http:/x',
    '\\\\127.0.0.1:8000\\x',
  ])('stays as it is where it does not name the upstream: %j', (url) => {
    expect(toGateUrl(ROOT, url)).toBe(url);
  });

  it.each([
    ['http://api.internal/base/x?y', '/x?y'],
    ['https://api.internal:443/base/x', '/x'],
    ['http://API.internal:80/base', '/'],
    ['http://api.internal/base?y', '/?y'],
    ['/base/x', '/x'],
    ['/base', '/'],
    ['/base/../base/x', '/base/../base/x'],
    ['/base//evil.example', '/.//evil.example'],
    ['http://api.internal/base//evil.example', '/.//evil.example'],
  ])('loses the base path: %s as %s', (url, expected) => {
    expect(toGateUrl(BASE, url)).toBe(expected);
  });

  it.each([
    'http://api.internal/other',
    'http://api.internal/basement',
    'http://api.internal/',
    'http://api.internal/base/../other',
    'http://api.internal/base/%2e%2e/other',
    '/other',
    '/basement',
    '//api.example/base/x',
    'base/x',
  ])('stays as it is outside the base path: %s', (url) => {
    expect(toGateUrl(BASE, url)).toBe(url);
  });
});

describe('a Refresh', () => {
  it.each([
    ['5; url=http://127.0.0.1:8000/x', '5; url=/x'],
    ['0;URL=http://127.0.0.1:8000/x?a=1;b', '0;URL=/x?a=1;b'],
    ["3; url='http://127.0.0.1:8000/x'", "3; url='/x'"],
    ['3; url="http://127.0.0.1:8000/x"', '3; url="/x"'],
    ['3, http://127.0.0.1:8000/x', '3, /x'],
    ['5', '5'],
    ['5; url=http://evil.example/', '5; url=http://evil.example/'],
    ['', ''],
  ])('leads to the gate: %s', (refresh, expected) => {
    expect(toGateRefresh(ROOT, refresh)).toBe(expected);
  });
});

describe('a Set-Cookie', () => {
  it.each([
    ['a=1; Domain=api.internal; Path=/base; Secure', 'a=1; Path=/; Secure'],
    ['a=1;domain=.API.internal ;path=/base/x', 'a=1;path=/x'],
    ['a=1; Path=/base/', 'a=1; Path=/'],
    ['a=1; Path=/', 'a=1; Path=/'],
    ['a=1; Path=/basement', 'a=1; Path=/basement'],
    ['a=1; Domain=internal', 'a=1; Domain=internal'],
    ['a=1; Domain=evil.example', 'a=1; Domain=evil.example'],
    ['Domain=api.internal; HttpOnly', 'Domain=api.internal; HttpOnly'],
    ['path=/base', 'path=/base'],
    ['a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT', 'a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT'],
    ['a=1; X-Domain=api.internal; XPath=/base', 'a=1; X-Domain=api.internal; XPath=/base'],
    ['', ''],
  ])('is for the gate: %s', (given, expected) => {
    expect(toGateCookie(BASE, given)).toBe(expected);
  });

  it('keeps its Path where the upstream has no base path', () => {
    expect(toGateCookie(ROOT, 'a=1; Domain=127.0.0.1; Path=/x')).toBe('a=1; Path=/x');
  });
});
