// Requests that two servers could read in two ways, and requests for somebody else.
import { describe, expect, it } from 'vitest';
import { assertHostAllowed, readHost } from '../../src/gate/request-form.ts';
import type { GuardResult } from '../../src/index.ts';
import type { RequestView } from '../../src/request.ts';
import { readRefusal, refusal } from '../refusal.ts';
import { gated } from './gated.ts';

const view = (
  url: string,
  hosts: readonly string[],
  more: Partial<RequestView> = { scheme: 'http' },
): RequestView => ({
  method: 'GET',
  url,
  ...more,
  values: (name) => (name === 'host' ? hosts : []),
  names: () => ['host'],
});

const MALFORMED: object = expect.objectContaining({ code: 'ERR_REQUEST_MALFORMED' });

describe('the host of a request', () => {
  it.each([
    ['/x', ['gate.example'], 'gate.example'],
    ['/x', ['Gate.Example:8443'], 'Gate.Example:8443'],
    ['/x', ['[::1]:80'], '[::1]:80'],
    ['/x', ['my_service'], 'my_service'],
    ['http://target.example/x', ['gate.example'], 'target.example'],
    ['HTTP://target.example:81', [], 'target.example:81'],
    ['//x', ['gate.example'], 'gate.example'],
  ])('of %s with Host %j is %s', (url, hosts, host) => {
    expect(readHost(view(url, hosts))).toBe(host);
  });

  it('is the header’s where the runtime has put it into the URL', () => {
    const made = view('https://gate.example/x', ['gate.example:443'], {});
    expect(readHost(made)).toBe('gate.example:443');
  });

  it('may be missing, as HTTP/1.0 allows', () => {
    expect(readHost(view('/x', []))).toBeUndefined();
  });

  it.each([
    ['two of them', '/x', ['a.example', 'a.example']],
    ['another scheme than the connection', 'https://a.example/x', ['a.example']],
    ['another scheme than http', 'ftp://a.example/x', ['a.example']],
    ['an asterisk', '*', ['a.example']],
    ['an authority alone', 'a.example:443', ['a.example']],
    ['a relative path', 'x', ['a.example']],
    ['nothing', '', ['a.example']],
    ['an empty Host', '/x', ['']],
    ['a path in the Host', '/x', ['a.example/y']],
    ['a query in the Host', '/x', ['a.example?y']],
    ['credentials in the Host', '/x', ['user@a.example']],
    ['credentials in the target', 'http://user:pass@a.example/x', ['a.example']],
    ['a bad Host beside a good target', 'http://a.example/x', ['b example']],
    ['a list', '/x', ['a.example, b.example']],
    ['bytes beyond ASCII', '/x', ['\xe9.example']],
    ['an address that is none', '/x', ['1.2.3.999']],
    ['no port behind the colon', '/x', ['a.example:x']],
    ['a port that is none', '/x', ['a.example:99999']],
  ])('is refused: %s', (_, url, hosts) => {
    expect(() => readHost(view(url, hosts))).toThrow(MALFORMED);
  });
});

describe('allowed hosts', () => {
  const allowed = new Set(['gate.example', '[::1]']);
  it.each([
    ['gate.example'],
    ['GATE.example'],
    ['gate.example:8443'],
    ['[::1]:80'],
    [' gate.example '],
  ])('admit %j', (host) => {
    expect(() => assertHostAllowed([host], allowed)).not.toThrow();
  });
  it.each([
    [undefined],
    ['evil.example'],
    ['gate.example.evil.example'],
    ['xgate.example'],
    ['::1'],
    [''],
  ])('refuse %j', (host) => {
    const error = expect.objectContaining({ code: 'ERR_HOST_NOT_ALLOWED' });
    expect(() => assertHostAllowed([host], allowed)).toThrow(error);
    expect(() => assertHostAllowed(['gate.example', host], allowed)).toThrow(error);
  });
});

describe('in the gate', () => {
  it('another host is 421, is told to onResult, and never reaches the upstream', async () => {
    const events: GuardResult[] = [];
    const { ask, send, calls } = gated({
      allowHosts: ['Gate.Example'],
      onResult: (event) => void events.push(event),
    });
    expect((await ask('/x')).status).toBe(200);
    expect(await readRefusal(await send(new Request('http://evil.example/x')))).toStrictEqual(
      refusal(421, null),
    );
    expect(calls).toHaveLength(1);
    expect(events).toMatchObject([
      { outcome: 'accepted' },
      { outcome: 'refused', code: 'ERR_HOST_NOT_ALLOWED' },
    ]);
  });

  it('the host that a trusted proxy was asked for counts, each of them', async () => {
    const { ask } = gated({ allowHosts: ['public.example'], trustedProxy: () => true });
    const send = async (host: string) =>
      (await ask('/x', { headers: { 'x-forwarded-host': host } })).status;
    expect(await send('public.example')).toBe(200);
    expect(await send('public.example, public.example:443')).toBe(200);
    expect(await send('public.example, evil.example')).toBe(421);
    expect((await ask('/x')).status).toBe(421);
  });

  it('the gate’s own pages answer for any host, as a balancer asks by address', async () => {
    const { askBare } = gated({ allowHosts: ['public.example'] });
    expect((await askBare('/_gate/health')).status).toBe(200);
    expect((await askBare('/_gate/auth')).status).toBe(401);
  });
});
