// The doctor's requests: as they were meant, and with an end.
import { expect, it, onTestFinished } from 'vitest';
import { type Client, createClient } from '../../../src/doctor/probe/client.ts';
import { CliError } from '../../../src/io/errors.ts';
import { type Handler, listen } from './probing.ts';

const clientOf = async (
  handler: Handler,
  signal: AbortSignal = new AbortController().signal,
): Promise<Client> => {
  const client = createClient({ origin: await listen(handler), signal });
  onTestFinished(() => client.close());
  return client;
};

it.each(['//a/b', '/%2Fa', '/a/./b', '/a/../b', '/healthz/%2e%2e/a', '/a;x', '/a?b=//c/../d'])(
  'the path %s is sent as it is',
  async (path) => {
    const { ask } = await clientOf(({ url }, response) => response.end(url));
    expect((await ask({ path })).body).toBe(path);
  },
);

it('of a body that does not end, the beginning is read, and the next question is asked', async () => {
  const { ask } = await clientOf((request, response) => {
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

it('a connection that is closed when it is used again is opened anew', async () => {
  let count = 0;
  const { ask } = await clientOf((request, response) => {
    count++;
    return count === 2 ? request.socket.destroy() : response.end(String(count));
  });
  expect((await ask({ path: '/' })).body).toBe('1');
  expect((await ask({ path: '/' })).body).toBe('3');
});

it('several fields of one name are read as one', async () => {
  const { ask } = await clientOf((_, response) => {
    response.setHeader('www-authenticate', ['Basic', 'Bearer realm="api"']).end();
  });
  expect((await ask({ path: '/' })).headers.get('www-authenticate')).toBe(
    'Basic, Bearer realm="api"',
  );
});

it('nothing is asked any more when the run is to end, and what is asked is given up', async () => {
  const controller = new AbortController();
  const { ask, answers } = await clientOf(() => controller.abort(), controller.signal);
  await expect(ask({ path: '/' })).rejects.toThrow(CliError);
  await expect(ask({ path: '/' })).rejects.toThrow('interrupted');
  expect(answers).toEqual([]);
});
