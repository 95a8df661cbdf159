// The attack table as data: tokens and requests that must be refused, with good ones among them. It runs in every
// runtime, without a test runner: WebCrypto makes the tokens.
import { createClaimRows } from './attacks/claims.ts';
import { encode, seal } from './attacks/craft.ts';
import { createKeyRows } from './attacks/keys.ts';
import { carry, createRequestRows } from './attacks/requests.ts';
import { HEADER, type Material, PAYLOAD, type RequestRow, type TokenRow } from './attacks/row.ts';
import { createShapeRows } from './attacks/shapes.ts';
import { createTextRows } from './attacks/texts.ts';

export type { RequestRow, TokenRow } from './attacks/row.ts';

export interface Attacks {
  /** For a verifier that has the secret. */
  readonly tokens: readonly TokenRow[];
  /** For a guard: the same tokens in a header, and requests that are wrong in another way. */
  readonly requests: readonly RequestRow[];
}

/** Creates the table for a secret. Its answers hold for an hour. */
export const createAttacks = async ({
  secret,
  nowSeconds,
}: Pick<Material, 'secret' | 'nowSeconds'>): Promise<Attacks> => {
  const sign: Material['sign'] = (header, payload, key = secret) =>
    seal(`${encode(header)}.${encode(payload)}`, key);
  const material = { secret, nowSeconds, sign };
  const rows = await Promise.all([
    createKeyRows(material),
    createShapeRows(material),
    createTextRows(material),
    createClaimRows(material),
  ]);
  const tokens = rows.flat();
  const good = await sign(HEADER, PAYLOAD);
  return { tokens, requests: [...carry(tokens), ...createRequestRows(good)] };
};
