// Random Authorization headers, parsed by parseBearer and by a reference that works character by character. They are
// passed directly, without an HTTP parser that would normalise them.
import { formatBearer, isAuthError, parseBearer } from '@zep-auth/core';
import { createCheck } from '@zep-auth/core/internal';
import * as fc from 'fast-check';
import { SECRET, tokenOf } from '../kit/tokens.ts';
import { Disagreement, defineTarget, type Tally, type Target } from './target.ts';

const TOKEN = tokenOf({});
const check = createCheck({ keyring: SECRET });

/** The credentials, `undefined` without any, or the code of the refusal. */
type Reading = { readonly token: string } | 'no credentials' | 'ERR_CREDENTIALS_AMBIGUOUS';

/** RFC 9110 section 11.4: a scheme in any case, one or more spaces, and the rest. */
const readByCharacter = (header: string): Reading => {
  const characters = header.split('');
  if (characters.includes(',')) return 'ERR_CREDENTIALS_AMBIGUOUS';
  const scheme: string[] = [];
  while (characters.length > 0 && characters[0] !== ' ') scheme.push(characters.shift() ?? '');
  const isBearer =
    scheme.length === 6 &&
    scheme.every((char, i) => char === 'bearer'.charAt(i) || char === 'BEARER'.charAt(i));
  while (characters[0] === ' ') characters.shift();
  return isBearer && characters.length > 0 ? { token: characters.join('') } : 'no credentials';
};

const readByUs = (header: string): Reading => {
  try {
    const token = parseBearer(header);
    return token === undefined ? 'no credentials' : { token };
  } catch (error) {
    if (isAuthError(error) && error.code === 'ERR_CREDENTIALS_AMBIGUOUS') return error.code;
    throw error;
  }
};

/** `accepted`, or the code. */
const outcomeOf = (token: string): string => {
  try {
    check(token);
    return 'accepted';
  } catch (error) {
    if (isAuthError(error)) return error.code;
    throw error;
  }
};

/** RFC 6750 section 2.1: the characters of a bearer token. */
const B64TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

const judge = async (header: string, tally: Tally): Promise<void> => {
  const [ours, theirs] = [readByUs(header), readByCharacter(header)];
  if (fc.stringify(ours) !== fc.stringify(theirs)) {
    throw new Disagreement(
      `parseBearer reads ${fc.stringify(ours)}, the reference ${fc.stringify(theirs)}`,
    );
  }
  if (typeof ours === 'string') return tally.count(ours);
  const outcome = outcomeOf(ours.token);
  if (outcome === 'accepted' && ours.token !== TOKEN)
    throw new Disagreement('an unsigned token was accepted');
  if (!B64TOKEN.test(ours.token)) {
    tally.note('a token of illegal characters');
    if (outcome !== 'ERR_TOKEN_MALFORMED')
      throw new Disagreement(`illegal characters are answered with ${outcome}`);
  }
  let formatted: string | undefined;
  try {
    formatted = formatBearer(ours.token);
  } catch (error) {
    if (!isAuthError(error)) throw error;
  }
  if (formatted !== undefined) {
    tally.note('a token that formatBearer takes');
    if (parseBearer(formatted) !== ours.token)
      throw new Disagreement('parseBearer does not read what formatBearer has written');
  }
  tally.count('accepted');
  tally.note(`then ${outcome}`);
};

const bytes = fc
  .array(fc.nat(0xff), { maxLength: 24 })
  .map((codes) => String.fromCharCode(...codes));
const scheme = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('Bearer', 'bearer', 'BEARER') },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.boolean(), { minLength: 6, maxLength: 6 })
      .map((raised) => raised.map((is, i) => (is ? 'BEARER' : 'bearer').charAt(i)).join('')),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...['Basic', 'Token', 'Api-Key', '', ' Bearer', 'Bearer:', 'Bearers', 'Beare', 'X-Bearer'],
      ...['\uFEFFBearer', 'Bearer\0', 'Ｂearer', 'Bea\nrer', 'x\nBearer', '"Bearer"', 'DPoP'],
    ),
  },
  { weight: 1, arbitrary: bytes },
);
const gap = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(' ', '  ', '      ') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '\t', ' \t', '\t ', '\u00A0', '\n', ',', '=', '\u3000'),
  },
);
const credentials = fc.oneof(
  { weight: 4, arbitrary: fc.constant(TOKEN) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.nat(TOKEN.length), bytes)
      .map(([at, text]) => TOKEN.slice(0, at) + text + TOKEN.slice(at)),
  },
  { weight: 2, arbitrary: bytes },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  { weight: 1, arbitrary: fc.constantFrom('', '"', `"${TOKEN}"`, 'ey', 'a~b+/==', '=', 'Bearer') },
);
const tail = fc.oneof(
  { weight: 6, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom(' ', '\n', ',', `, Bearer ${TOKEN}`, ' x', '\0') },
);

export const bearerTarget: Target = defineTarget<string>({
  name: 'bearer',
  share: 14,
  batchSize: 1000,
  expected: [
    {
      within: 4000,
      names: [
        ...['accepted', 'no credentials', 'ERR_CREDENTIALS_AMBIGUOUS'],
        ...['then accepted', 'then ERR_TOKEN_MALFORMED'],
        ...['a token of illegal characters', 'a token that formatBearer takes'],
      ],
    },
  ],
  cases: fc.oneof(
    {
      weight: 9,
      arbitrary: fc.tuple(scheme, gap, credentials, tail).map((parts) => parts.join('')),
    },
    { weight: 1, arbitrary: bytes },
  ),
  judge,
});
