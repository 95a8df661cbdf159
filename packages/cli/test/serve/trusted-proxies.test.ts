// Who is at the other end: which proxies are believed, and whom they speak for.
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/io/errors.ts';
import { createTrustedProxies } from '../../src/serve/trusted-proxies.ts';

describe('a trusted proxy', () => {
  it.each([
    ['10.0.0.7', '10.0.0.7', true],
    ['10.0.0.7', '10.0.0.8', false],
    ['10.0.0.7', '::ffff:10.0.0.7', true],
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['fd00::/8', 'fd12:3456::1', true],
    ['fd00::/8', 'fe80::1', false],
    ['::1', '::1', true],
    ['10.0.0.0/8', '010.0.0.1', false],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '10.0.0.7', false],
    ['10.0.0.7', undefined, false],
    ['10.0.0.7', 'nonsense', false],
    ['10.0.0.7', '10.0.0.7 ', false],
  ])('%s: %s is one: %s', (range, address, isTrusted) => {
    expect(createTrustedProxies([range]).isTrusted(address)).toBe(isTrusted);
    expect(createTrustedProxies(['192.0.2.1', range]).isTrusted(address)).toBe(isTrusted);
  });

  it('is nobody where none is named', () => {
    expect(createTrustedProxies([]).isTrusted('127.0.0.1')).toBe(false);
  });

  it.each([
    '',
    'localhost',
    '10.0.0',
    '10',
    '0x7f.1',
    '10.0.0.0/33',
    '010.0.0.0/8',
    '10/8',
    '1.2.3/24',
    '::ffff:10.0.0.7',
    '10.0.0.0/8/8',
    '10.0.0.0/x',
    'fd00::/129',
    '*',
  ])('is not named by %j', (range) => {
    expect(() => createTrustedProxies([range])).toThrow(UsageError);
  });
});

describe('the client', () => {
  const { clientOf } = createTrustedProxies(['10.0.0.0/8', '::1']);
  it.each([
    ['whoever connects', '192.0.2.1', null, '192.0.2.1'],
    ['whoever connects, whatever he says', '192.0.2.1', '198.51.100.1', '192.0.2.1'],
    ['whom our proxy names', '10.0.0.1', '192.0.2.1', '192.0.2.1'],
    ['the last that is not ours', '10.0.0.1', '198.51.100.1, 192.0.2.1, 10.0.0.9', '192.0.2.1'],
    ['our proxy, where it names nobody', '10.0.0.1', null, '10.0.0.1'],
    ['our proxy, where it names nonsense', '10.0.0.1', '192.0.2.1, unknown', '10.0.0.1'],
    ['whom it names with a port', '10.0.0.1', '192.0.2.1:51234', '192.0.2.1'],
    ['whom it names in brackets', '10.0.0.1', '[2001:db8:1:2::9]:443', '2001:db8:1:2::/64'],
    ['the first of ours, where all are', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['an IPv4 address, in whatever form', '::ffff:192.0.2.1', null, '192.0.2.1'],
    ['a network, where it is IPv6', '2001:db8:1:2:3:4:5:6', null, '2001:db8:1:2::/64'],
    ['the same network for its neighbour', '2001:db8:1:2:ffff::', null, '2001:db8:1:2::/64'],
    ['a network behind our proxy', '::1', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['nobody, where the connection is gone', undefined, '192.0.2.1', undefined],
  ])('is %s', (_, address, forwardedFor, client) => {
    expect(clientOf(address, forwardedFor)).toBe(client);
  });
});
