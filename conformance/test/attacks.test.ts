// The attack table against the gate over a socket, with good rows that are accepted. core's strictness.test.ts runs it on
// both engines, server's guard-attacks.test.ts on the guard.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAttacks, type RequestRow } from '../kit/attacks.ts';
import { createClient, type RawClient } from '../kit/http.ts';
import { SECRET } from '../kit/tokens.ts';
import { startUpstream, type Upstream } from '../kit/upstream.ts';
import { type GateProcess, startGateProcess } from './gate-process.ts';

const { tokens, requests } = await createAttacks({
  secret: SECRET,
  nowSeconds: Math.floor(Date.now() / 1000),
});

const BARE = 'Bearer realm="api"';
const challengeOf = ({ code }: Pick<RequestRow, 'code'>): string => {
  if (code === 'ERR_CREDENTIALS_MISSING') return BARE;
  const error = code === 'ERR_CREDENTIALS_AMBIGUOUS' ? 'invalid_request' : 'invalid_token';
  return `${BARE}, error="${error}"`;
};

/** The texts of a request that could be a token or a part of one, and must not come back. */
const secretsIn = ({ lines, query }: RequestRow): readonly string[] => {
  const values = [...lines.map((line) => line.replace(/^[^:]*:/, '')), query];
  return [SECRET, ...values.flatMap((value) => value.match(/[\w-]{20,}/g) ?? [])];
};

const findLeak = (row: RequestRow, text: string): string | undefined =>
  secretsIn(row).find((secret) => text.includes(secret));

const wordOf = ({ code }: Pick<RequestRow, 'code'>): string =>
  code === undefined ? 'accepts' : 'refuses';

describe(`the table of ${tokens.length} tokens and ${requests.length} requests`, () => {
  it('has not shrunk, has unique names, and has good rows among the bad ones', () => {
    expect(tokens.length).toBeGreaterThanOrEqual(500);
    expect(requests.length).toBeGreaterThanOrEqual(600);
    for (const rows of [tokens, requests]) {
      expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
      const good = rows.filter(({ code }) => code === undefined);
      expect(good.length).toBeGreaterThanOrEqual(60);
      expect(rows.length - good.length).toBeGreaterThanOrEqual(350);
    }
  });
});

describe('the gate over a socket', () => {
  let upstream: Upstream;
  let gate: GateProcess;
  let client: RawClient;

  beforeAll(async () => {
    upstream = await startUpstream();
    gate = await startGateProcess(upstream.url, { ZEP_AUTH_SECRET: SECRET });
    client = createClient(gate.port);
  });
  afterAll(async () => {
    client?.close();
    await gate?.stop();
    await upstream?.close();
  });

  it.each(requests.map((row) => [wordOf(row), row.name, row] as const))(
    '%s: %s',
    async (_, __, row) => {
      const head = [`GET /things${row.query} HTTP/1.1`, 'Host: gate.example', ...row.lines, '', ''];
      const answer = await client.ask(head.join('\r\n'));
      const isGood = row.socketStatus === 200;
      // A parser that refuses a header section may close the connection before its answer is read.
      const isGivenUp = row.socketStatus === 431 && answer?.status === undefined;
      if (!isGivenUp) expect(answer?.status).toBe(row.socketStatus);
      const expected = isGood ? [{ method: 'GET', target: `/things${row.query}` }] : [];
      const reached = upstream.requests.splice(0);
      expect(reached.map(({ method, target }) => ({ method, target }))).toEqual(expected);
      expect(reached.flatMap(({ headers }) => [...headers.keys()])).not.toContain('authorization');
      if (!isGood && row.socketStatus === row.status) {
        const [challenge] = answer?.headers.get('www-authenticate') ?? [];
        expect(challenge).toBe(challengeOf(row));
      }
      expect(findLeak(row, `${answer?.head}${answer?.body}`)).toBeUndefined();
    },
  );

  it('still accepts a good token, and has written no part of any token', async () => {
    const good = requests.find(({ code, query }) => code === undefined && query === '');
    const lines = ['GET /last HTTP/1.1', 'Host: gate.example', ...(good?.lines ?? []), '', ''];
    expect((await client.ask(lines.join('\r\n')))?.status).toBe(200);
    expect(upstream.requests.splice(0).map(({ target }) => target)).toEqual(['/last']);
    const { stderr } = await gate.stop();
    expect(stderr).toContain('refused GET /things: ERR_TOKEN_SIGNATURE');
    expect(requests.filter((row) => findLeak(row, stderr) !== undefined)).toEqual([]);
  });
});
