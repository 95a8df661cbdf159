// The doctor's requests: as they were meant, and with an end.
import { expect, it } from 'vitest';
import { type Ask, createAsk } from '../../src/doctor/client.ts';
import { CliError } from '../../src/io/errors.ts';
import { type Handler, listen } from './probing.ts';

const askerOf = async (
  handler: Handler,
  signal: AbortSignal = new AbortController().signal,
): Promise<Ask> => {
  const limits = { signal, timeoutMs: 5000, deadlineMs: performance.now() + 60_000 };
  return createAsk(await listen(handler), limits);
};

it.each(['//a/b', '/%2Fa', '/a/./b', '/a/../b', '/healthz/%2e%2e/a', '/a;x', '/a?b=//c/../d'])(
  'the path %s is sent as it is',
  async (path) => {
    const ask = await askerOf(({ url }, response) => response.end(url));
    expect((await ask({ path })).body).toBe(path);
  },
);

it('of a body that does not end, the beginning is read, and the next question is asked', async () => {
  const ask = await askerOf((request, response) => {
    if (request.url === '/short') return response.end('short');
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
      if (!response.destroyed) response.once('drain', more);
    };
    return more();
  });
  expect((await ask({ path: '/long' })).body).toHaveLength(65_536);
  expect(await ask({ path: '/short' })).toMatchObject({ status: 200, body: 'short' });
});

it('a connection that breaks off is an answer of status 0, but not as the first answer', async () => {
  let count = 0;
  const ask = await askerOf((request, response) => {
    count++;
    return count === 2 ? response.end() : request.socket.destroy();
  });
  await expect(ask({ path: '/' })).rejects.toMatchObject({ code: 'ERR_NETWORK' });
  expect(await ask({ path: '/' })).toMatchObject({ status: 200 });
  expect(await ask({ path: '/' })).toMatchObject({ status: 0 });
});

it('several fields of one name are read as one', async () => {
  const ask = await askerOf((_, response) => {
    response.setHeader('www-authenticate', ['Basic', 'Bearer realm="api"']).end();
  });
  expect((await ask({ path: '/' })).headers['www-authenticate']).toBe('Basic, Bearer realm="api"');
});

it('nothing is asked any more when the run is to end, and what is asked is given up', async () => {
  const controller = new AbortController();
  const ask = await askerOf(() => controller.abort(), controller.signal);
  await expect(ask({ path: '/' })).rejects.toThrow(CliError);
  await expect(ask({ path: '/' })).rejects.toThrow('interrupted');
});
