// `zepcli token --count`: many tokens, as fast as they are read, and no more than are read.
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/run.ts';
import { fakeIo, runCli } from '../fake-io.ts';
import { isSignedWith, keyIdOf, SECRET, textOf } from '../made-tokens.ts';

const env = { ZEP_AUTH_SECRET: SECRET };

describe('zepcli token --count', () => {
  it.each([1, 2, 64, 65, 1000])(
    'prints %d tokens, a line each, each with its own jti',
    async (n) => {
      const argv = ['token', '--count', String(n), '--sub', 'alice', '--expires-in', '90d'];
      const { code, stdout, stderr } = await runCli(argv, { env });
      expect(code).toBe(0);
      expect(stderr).toMatch(/^expires in 90 days \([^\n]+\)\n$/);
      const tokens = stdout.split('\n').slice(0, -1);
      expect(tokens).toHaveLength(n);
      const ids = new Set<string>();
      for (const token of tokens) {
        expect(isSignedWith(token, SECRET)).toBe(true);
        const claims = JSON.parse(textOf(token, 'claims')) as { jti: string; sub: string };
        expect(claims.sub).toBe('alice');
        ids.add(claims.jti);
      }
      expect(ids.size).toBe(n);
    },
  );

  it('prints a line of JSON for each with --json', async () => {
    const { stdout } = await runCli(['token', '--count', '70', '--no-expiry', '--json'], { env });
    const lines = stdout.split('\n').slice(0, -1);
    expect(lines).toHaveLength(70);
    for (const line of lines) {
      const { ok, token, keyId, claims, ...rest } = JSON.parse(line) as Record<string, unknown>;
      expect({ ok, keyId, rest }).toEqual({ ok: true, keyId: keyIdOf(SECRET), rest: {} });
      expect(JSON.parse(textOf(String(token), 'claims'))).toEqual(claims);
    }
  });

  it('warns once, whatever their number', async () => {
    const { stderr } = await runCli(['token', '--count', '100', '--no-expiry'], {
      env: { ...env, ZEP_AUTH_ISSUER: 'me' },
    });
    expect(stderr).toMatch(
      /^never expires\nwarning: the settings in this environment refuse this token: [^\n]+\n$/,
    );
  });

  it.each(['0', '-1', '1.5', '1e3', 'x', '10000001', '99999999999'])(
    'refuses --count=%s with exit code 2',
    async (count) => {
      const { code, stdout, stderr } = await runCli(['token', `--count=${count}`], { env });
      expect({ code, stdout, stderr }).toEqual({
        code: 2,
        stdout: '',
        stderr: `error: --count "${count}" is not a whole number from 1 to 10000000\nhint: for example: --count 1\n`,
      });
    },
  );

  it('goes not with --no-claims, whose tokens are all the same', async () => {
    const { code, stderr } = await runCli(['token', '--no-claims', '--count', '2'], { env });
    expect(code).toBe(2);
    expect(stderr).toContain('--count needs tokens that differ');
    expect((await runCli(['token', '--no-claims', '--count', '1'], { env })).code).toBe(0);
  });
});

/** Standard output that takes what it is told to, and says when it does. */
class Reader extends Writable {
  taken = 0;
  #release: (() => void) | undefined;
  refusal: NodeJS.ErrnoException | undefined;
  constructor(refusal?: NodeJS.ErrnoException) {
    super({ highWaterMark: 1 });
    this.refusal = refusal;
  }
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.taken += chunk.toString().split('\n').length - 1;
    if (this.refusal !== undefined) done(this.refusal);
    else this.#release = done;
    this.emit('taken');
  }
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.once('taken', () => resolve());
      this.#release?.();
    });
  }
}

const refusalOf = (code: string): NodeJS.ErrnoException =>
  Object.assign(new Error('refused'), { code });

describe('what nobody reads', () => {
  const start = (stdout: Reader) => {
    const io = { ...fakeIo({ env }), stdout };
    stdout.on('error', () => {}); // as the program does
    return { io, ended: run(['token', '--no-expiry', '--count', '10000000'], io) };
  };

  it('is not made: it waits until there is room', async () => {
    const stdout = new Reader();
    const { ended } = start(stdout);
    await stdout.next();
    const first = stdout.taken;
    // Nothing is taken now; whatever else there is to do gets its turn.
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    expect(stdout.taken).toBe(first);
    expect(stdout.writableLength).toBeLessThan(100_000);
    await stdout.next();
    expect(stdout.taken).toBeGreaterThan(first);
    stdout.refusal = refusalOf('EPIPE');
    await stdout.next();
    expect(await ended).toBe(0);
  });

  it.each(['EPIPE', 'EOF', 'ECONNRESET'])('is the end, and no failure, with %s', async (code) => {
    const stdout = new Reader(refusalOf(code));
    const { io, ended } = start(stdout);
    expect(await ended).toBe(0);
    expect(stdout.taken).toBeLessThan(1000);
    expect(io.stderr.text).toBe('never expires\n');
  });

  it('is a failure where standard output fails for another reason', async () => {
    const { io, ended } = start(new Reader(refusalOf('ENOSPC')));
    expect(await ended).toBe(3);
    expect(io.stderr.text).toContain('error: cannot write to standard output: ENOSPC\n');
  });
});
