// Other ways to write a path: each is another text, and each means the same to someone.
import { expect, it } from 'vitest';
import { toPathVariants } from '../../src/doctor/checks.ts';

const pathsOf = (path: string): readonly string[] =>
  toPathVariants(path).map(([, variant]) => variant);

it('a path with several segments has all of them, with its query behind each', () => {
  expect(pathsOf('/v1/Things?a=b')).toEqual([
    '//v1/Things?a=b',
    '/%2Fv1/Things?a=b',
    '/v1%2FThings?a=b',
    '/./v1/Things?a=b',
    '/%761/Things?a=b',
    '/V1/tHINGS?a=b',
    '/v1/Things/?a=b',
    '/v1/Things;x?a=b',
    '/healthz/../v1/Things?a=b',
    '/healthz/%2e%2e/v1/Things?a=b',
    '/healthz%2F../v1/Things?a=b',
    '/v1/Things?a=b&zepcli-doctor',
  ]);
});

it('an escape in a path is left whole', () => {
  expect(pathsOf('/%C3%A9/x')).toContain('/%C3%A9/%78');
});

it('none is the path itself', () => {
  for (const path of ['/', '/1', '/a', '/a/b/', '/%C3%A9?x']) {
    expect(pathsOf(path)).not.toContain(path);
    expect(pathsOf(path).length).toBeGreaterThan(7);
  }
});
