// The gate in front of a real upstream: streams, large bodies, failures and closed connections.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { GateOptions } from '../../src/index.ts';
import { streaming } from '../raw-request.ts';
import { readRefusal, refusal } from '../refusal.ts';
import { createSignal, start, textOf } from './gate-on-http.ts';

describe('streams', () => {
  it('an answer arrives piece by piece', async () => {
    const { tell, told } = createSignal();
    const { ask } = await start((_, response) => {
      response.write('first ');
      told.then(() => response.end('last'));
    });
    const { body } = await ask('/');
    const reader = body?.getReader();
    expect(textOf((await reader?.read())?.value)).toBe('first ');
    tell(); // only now does the upstream send the rest
    expect(textOf((await reader?.read())?.value)).toBe('last');
    expect((await reader?.read())?.done).toBe(true);
  });

  it.each([
    ['chunked', { 'transfer-encoding': 'chunked' }],
    ['with a length', { 'content-length': '10' }],
    ['without a word about its length', {}],
  ])('a request is sent piece by piece: %s', async (_, headers) => {
    const { tell, told } = createSignal();
    const pieces: string[] = [];
    const { ask } = await start((request, response) => {
      request.on('data', (chunk: Buffer) => {
        pieces.push(chunk.toString());
        tell();
      });
      request.on('end', () => response.end('done'));
    });
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const answer = ask('/', streaming({ method: 'POST', body: readable, headers }));
    await writer.write(new TextEncoder().encode('first '));
    await told; // the upstream has the first piece before the last is sent
    await writer.write(new TextEncoder().encode('last'));
    await writer.close();
    expect(await (await answer).text()).toBe('done');
    expect(pieces).toEqual(['first ', 'last']);
  });
});

const MIB = 1024 * 1024;
const BLOCKS = 50;

/** Block `i` of a large body. Every block is different. */
const block = (i: number): Uint8Array<ArrayBuffer> => new Uint8Array(MIB).fill(i + 1);

const LARGE_DIGEST = (() => {
  const hash = createHash('sha256');
  for (let i = 0; i < BLOCKS; i++) hash.update(block(i));
  return hash.digest('hex');
})();

describe('a body of 50 MiB', () => {
  it('arrives at the upstream byte for byte', async () => {
    const { ask } = await start((request, response) => {
      const hash = createHash('sha256');
      request.on('data', (chunk: Buffer) => hash.update(chunk));
      request.on('end', () => response.end(hash.digest('hex')));
    });
    let i = 0;
    const body = new ReadableStream({
      pull(controller) {
        if (i === BLOCKS) controller.close();
        else controller.enqueue(block(i++));
      },
    });
    const response = await ask('/', streaming({ method: 'POST', body }));
    expect(await response.text()).toBe(LARGE_DIGEST);
  });

  it('arrives at the client byte for byte', async () => {
    const { ask } = await start(async (_, response) => {
      for (let i = 0; i < BLOCKS; i++) {
        if (!response.write(block(i))) {
          await new Promise((resolve) => response.once('drain', resolve));
        }
      }
      response.end();
    });
    const { body } = await ask('/');
    const hash = createHash('sha256');
    const reader = body?.getReader();
    for (let next = await reader?.read(); next?.value; next = await reader?.read()) {
      hash.update(next.value);
    }
    expect(hash.digest('hex')).toBe(LARGE_DIGEST);
  });
});

describe('an upstream that fails', () => {
  it('by refusing the connection is a 502', async () => {
    const codes: string[] = [];
    const onUpstreamError: GateOptions['onUpstreamError'] = ({ message }) => codes.push(message);
    const { ask, close } = await start(undefined, { onUpstreamError });
    await close();
    expect(await readRefusal(await ask('/'))).toStrictEqual(refusal(502, null));
    expect(codes).toEqual([expect.stringContaining('ECONNREFUSED')]);
  });

  it('by hanging up is a 502', async () => {
    const { ask } = await start((request) => request.socket.destroy());
    expect(await readRefusal(await ask('/'))).toStrictEqual(refusal(502, null));
  });

  it('by never answering is a 504, and its connection is closed', async () => {
    const { tell, told } = createSignal();
    const { ask } = await start((request) => request.socket.once('close', tell), {
      responseTimeoutSeconds: 1, // long enough to connect on a busy machine
    });
    expect(await readRefusal(await ask('/'))).toStrictEqual(refusal(504, null));
    await told;
  });

  it('by breaking off its answer breaks the client’s too', async () => {
    const { ask } = await start((request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('part', () => request.socket.destroy());
    });
    const response = await ask('/');
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });
});

describe('a client that goes away', () => {
  it('before the answer ends the request to the upstream', async () => {
    const asked = createSignal();
    const closed = createSignal();
    const { ask } = await start((request) => {
      request.socket.once('close', closed.tell);
      asked.tell();
    });
    const abort = new AbortController();
    const answer = ask('/', { signal: abort.signal });
    await asked.told;
    abort.abort();
    await closed.told;
    expect((await answer).status).toBe(502);
  });

  it.each(['abort', 'cancel'] as const)(
    'during the answer ends it at the upstream: %s',
    async (way) => {
      const closed = createSignal();
      const { ask } = await start((request, response) => {
        request.socket.once('close', closed.tell);
        response.write('first');
      });
      const abort = new AbortController();
      const { body } = await ask('/', { signal: abort.signal });
      const reader = body?.getReader();
      expect(textOf((await reader?.read())?.value)).toBe('first');
      if (way === 'abort') {
        abort.abort();
        await expect(reader?.read()).rejects.toThrow();
      } else await reader?.cancel();
      await closed.told;
    },
  );
});
