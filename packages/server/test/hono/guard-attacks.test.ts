// The attack table against the guard: each row twice, so that a cached answer is tested too.
import { createAttacks, type RequestRow } from '@zep-auth/test-kit/attacks';
import { describe, expect, it } from 'vitest';
import { BARE, INVALID_REQUEST, INVALID_TOKEN, readRefusal, refusal } from '../refusal.ts';
import { config, SECRET } from '../tokens.ts';
import { guarded } from './guarded.ts';

const nowSeconds = Math.floor(Date.now() / 1000);
const { requests } = await createAttacks({ secret: SECRET, nowSeconds });
/** The rows that a Request can hold. */
const rows = requests.filter(({ isWireOnly }) => !isWireOnly);
const good = rows.filter(({ code }) => code === undefined);
const refused = rows.filter(({ code }) => code !== undefined);

const requestOf = ({ lines, query }: RequestRow): Request => {
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.append(line.slice(0, colon), line.slice(colon + 1));
  }
  return new Request(`http://localhost/things${query}`, { headers });
};

/** What the client sees: nothing but the kind of refusal, and the expiry of a token that was good. */
const refusalOf = (code: string | undefined) => {
  if (code === 'ERR_CREDENTIALS_MISSING') return refusal(401, BARE);
  if (code === 'ERR_CREDENTIALS_AMBIGUOUS') return refusal(400, INVALID_REQUEST, 'invalid_request');
  const isExpired = code === 'ERR_TOKEN_EXPIRED';
  return refusal(401, INVALID_TOKEN, isExpired ? 'token_expired' : 'invalid_token');
};

/** Every part of a request that could be a token or a part of one. */
const tokensIn = ({ lines, query }: RequestRow): readonly string[] =>
  [...lines.map((line) => line.replace(/^[^:]*:/, '')), query].flatMap(
    (text) => text.match(/[\w-]{20,}/g) ?? [],
  );

it('has a table with hundreds of rows, good ones among them', () => {
  expect(refused.length).toBeGreaterThanOrEqual(450);
  expect(good.length).toBeGreaterThanOrEqual(90);
});

describe.each([false, true])('a guard with optional: %s', (optional) => {
  const codes: unknown[] = [];
  const { send, runs } = guarded({
    config,
    optional,
    onResult: ({ code }) => void codes.push(code),
  });

  it.each(good)('accepts $name', async (row) => {
    for (const _time of ['first', 'again']) {
      const before = runs();
      expect((await send(requestOf(row))).status).toBe(200);
      expect(runs()).toBe(before + 1);
    }
  });

  const answered = refused.filter(({ code }) => !(optional && code === 'ERR_CREDENTIALS_MISSING'));
  it.each(answered)('refuses $name', async (row) => {
    for (const _time of ['first', 'again']) {
      codes.length = 0;
      const before = runs();
      const response = await send(requestOf(row));
      const text = JSON.stringify([...response.headers]) + (await response.clone().text());
      expect(tokensIn(row).filter((token) => text.includes(token))).toEqual([]);
      const isInvalid = text.includes('"invalid_token"');
      if (isInvalid) expect(text).toContain('"detail":"The bearer token was refused."');
      expect(await readRefusal(response)).toStrictEqual(refusalOf(row.code));
      expect(codes).toEqual([row.code]);
      expect(runs()).toBe(before);
    }
  });
});
