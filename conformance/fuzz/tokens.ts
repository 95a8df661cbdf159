// Verifies tokens on both engines while the clock moves, and compares each answer with the reference, and some with jose
// and jsonwebtoken.
import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { KINDS } from '../../packages/core/test/agreement-tokens.ts';
import { aimedTokens, misspelledTokens, type Twin, twinOf, twins } from './aimed-tokens.ts';
import { answerOf, askerOf, ENGINES, expectSame } from './engines.ts';
import { judgeAt, readToken, type Verdict, type World } from './oracle.ts';
import { comparePeers, PEER_CLASSES } from './peers.ts';
import { defineTarget, type Tally, type Target } from './target.ts';
import { type Clock, clocks, type Digest, type Setting, settings } from './worlds.ts';

/** Which verifiers a case uses: the slower ones less often, and all of them when a failing case is made smaller. */
type Asked = 'all' | 'engines' | 'native';

interface Case {
  readonly token: string;
  readonly twin: Twin;
  readonly setting: Setting;
  readonly clock: Clock;
  readonly asked: Asked;
}

const digestIn = (digest: Digest, token: string): readonly string[] => {
  const text = digest === 'of another' ? `${token}x` : token;
  const hex = createHash('sha256').update(text).digest('hex');
  if (digest === 'none') return [];
  if (digest === 'bare') return [hex];
  return [digest === 'in capitals' ? `SHA256:${hex.toUpperCase()}` : `sha256:${hex}`];
};

const worldOf = ({ token, setting }: Case): World => {
  const { secrets, policy, digest, maxTokenBytes = 8192 } = setting;
  const revoked = [...(policy.revoked ?? []), ...digestIn(digest, token)];
  return { secrets, policy: { ...policy, revoked }, maxTokenBytes };
};

const nameOf = (verdict: Verdict): string => ('code' in verdict ? verdict.code : 'accepted');

const askAll = async (it: Case, tally: Tally): Promise<void> => {
  const world = worldOf(it);
  const { token, clock } = it;
  const twin = twinOf(token, it.twin, it.setting.secrets[0] ?? '');
  const reads = new Map([token, twin].map((text) => [text, readToken(text, world)]));
  const verdictOf = (text: string, now: number): Verdict =>
    judgeAt(text, reads.get(text) ?? { code: 'ERR_TOKEN_MALFORMED' }, world, now);
  const { first, second } = clock;
  // Twice, so that the second answer may come from the cache; then its twin; then both at another time.
  const questions: readonly (readonly [string, number])[] = [
    [token, first],
    [token, first],
    [twin, first],
    [token, second],
    [twin, second],
    [token, first],
  ];
  for (const engine of it.asked === 'native' ? ENGINES.slice(0, 1) : ENGINES) {
    const ask = askerOf(engine, world, it.setting, it.asked === 'all');
    const asked = engine.name === 'native' ? questions : questions.slice(0, 4);
    const answers: Verdict[] = [];
    for (const [text, now] of asked) {
      Date.now = () => now * 1000;
      const answer = await answerOf(ask, text);
      expectSame(`the ${engine.name} engine`, verdictOf(text, now), answer, now);
      answers.push(answer);
    }
    tally.note(`${engine.name} answers`, asked.length);
    // The same claims come from the cache.
    const [one, two] = answers.map((answer) => ('claims' in answer ? answer.claims : undefined));
    if (one !== undefined && one === two) {
      tally.note('a cached token');
      if ('code' in verdictOf(token, second)) tally.note('a cached token that is refused');
    }
  }
  const verdict = verdictOf(token, first);
  if (it.asked === 'all') await comparePeers(token, world, first, verdict, tally);
  if ('claims' in verdictOf(twin, first)) tally.note('a twin that is accepted');
  tally.count(nameOf(verdict));
};

const judge = async (it: Case, tally: Tally): Promise<void> => {
  const { now } = Date;
  try {
    await askAll(it, tally);
  } finally {
    Date.now = now;
  }
};

const tokens: fc.Arbitrary<string> = fc.oneof(
  ...KINDS.map(({ share, tokens }) => ({ weight: share, arbitrary: tokens })),
  { weight: 60, arbitrary: aimedTokens },
  { weight: 3, arbitrary: misspelledTokens },
);
const asked = fc.oneof(
  { weight: 7, arbitrary: fc.constant<Asked>('all') },
  { weight: 5, arbitrary: fc.constant<Asked>('engines') },
  { weight: 88, arbitrary: fc.constant<Asked>('native') },
);

export const tokensTarget: Target = defineTarget<Case>({
  name: 'tokens',
  share: 70,
  batchSize: 1000,
  expected: [
    {
      within: 4000,
      names: [
        'accepted',
        'ERR_TOKEN_MALFORMED',
        'ERR_TOKEN_TOO_LARGE',
        'ERR_TOKEN_ALGORITHM',
        'ERR_TOKEN_SIGNATURE',
        'ERR_TOKEN_EXPIRED',
        'ERR_TOKEN_NOT_YET_VALID',
        'ERR_TOKEN_CLAIM',
        'ERR_TOKEN_REVOKED',
        'a cached token',
        'a cached token that is refused',
        'a twin that is accepted',
      ],
    },
    {
      // Only one token in fourteen is compared with them.
      within: 100_000,
      names: PEER_CLASSES,
    },
  ],
  cases: fc.record({ token: tokens, twin: twins, setting: settings, clock: clocks, asked }),
  judge,
});
