// Random environment variables, read by readAuthConfig and by a reference. No configuration may open the door by mistake,
// and no message may contain a value.
import { inspect, isDeepStrictEqual } from 'node:util';
import { type AuthConfig, type AuthError, isAuthError, readAuthConfig } from '@zep-auth/core';
import * as fc from 'fast-check';
import { createLeakFinder } from '../kit/leaks.ts';
import { type EnvironmentRecord, type Expected, expectedOf } from './config-reference.ts';
import { BAD_SECRETS, GOOD_SECRETS, TOKEN, VALUES } from './config-values.ts';
import { Disagreement, defineTarget, type Tally, type Target } from './target.ts';

interface Case {
  readonly record: EnvironmentRecord;
  readonly prefix: string | undefined;
}

const SECRET_TEXTS = [...GOOD_SECRETS, ...BAD_SECRETS].map(({ text }) => text);
const leaksIn = createLeakFinder([...SECRET_TEXTS, TOKEN], { harmless: [' '.repeat(40)] });

/** Secrets must not appear in any output, other values not in a message. */
const expectSilent = (shown: string, message: string, record: EnvironmentRecord): void => {
  if (leaksIn(shown + message).length > 0) throw new Disagreement('a secret is shown');
  for (const value of Object.values(record)) {
    // A number may equal the limit that a message names, and a name may be that of a variable.
    const isTelling =
      typeof value === 'string' && value.trim().length > 7 && !/^(?:\d+|ZEP_AUTH_.*)$/.test(value);
    if (isTelling && message.includes(value)) throw new Disagreement('a value is in a message');
  }
};

const same = (what: string, is: unknown, should: unknown): void => {
  if (!isDeepStrictEqual(is, should))
    throw new Disagreement(`${what}: ${fc.stringify(is)}, the reference ${fc.stringify(should)}`);
};

const judgeRefusal = (error: AuthError, { record }: Case, expected: Expected): void => {
  const { code, message, problems = [] } = error;
  expectSilent(inspect(error) + JSON.stringify(error), message, record);
  same('the code', code, 'ERR_CONFIG_INVALID');
  same('variables at fault', problems.map(({ variable }) => variable).sort(), expected.faults);
  const lines = message.split('\n');
  const reasons = lines.slice(0, problems.length);
  same('reasons given', new Set(reasons).size, problems.length);
  for (const [i, { variable }] of problems.entries())
    if (!reasons[i]?.startsWith(`${variable} `)) throw new Disagreement('a reason has no variable');
  same('unknown variables', lines.length - problems.length, expected.unknown.length);
};

const judgeConfig = (config: AuthConfig, { record }: Case, expected: Expected): void => {
  const { required, keyring, policy, warnings } = config;
  expectSilent(inspect(config, { depth: 9 }) + JSON.stringify(config), warnings.join('\n'), record);
  same('variables at fault', [], expected.faults);
  same('required', required, expected.required);
  same('keys', keyring?.size ?? 0, expected.keys);
  if (required && keyring === undefined) throw new Disagreement('required, without a key');
  same('the policy', policy, expected.policy);
  const speaksOf = (text: string): boolean => warnings.some((warning) => warning.includes(text));
  for (const name of expected.unknown)
    if (!speaksOf(name)) throw new Disagreement(`no warning names ${name}`);
  same('a warning of weakness', speaksOf('replace it soon'), expected.isWarnedOfWeakness);
  same('a warning that it is off', speaksOf('authentication is off'), !required);
};

/** The name of a wrong variable, without prefix and entry. */
const toVariable =
  (prefix = 'ZEP_AUTH_') =>
  (name: string): string =>
    name.slice(prefix.length).replace(/ \(.*/, '');

const judge = async (it: Case, tally: Tally): Promise<void> => {
  const { record, prefix } = it;
  const expected = expectedOf(record, prefix ?? 'ZEP_AUTH_');
  const before = { ...record };
  try {
    const config = readAuthConfig(record, prefix === undefined ? {} : { prefix });
    judgeConfig(config, it, expected);
    tally.count('accepted');
    tally.note(config.required ? 'required' : 'off');
    if (expected.isWarnedOfWeakness) tally.note('weak, and allowed');
  } catch (error) {
    if (!isAuthError(error)) throw error;
    judgeRefusal(error, it, expected);
    tally.count(error.code);
    for (const name of new Set(expected.faults.map(toVariable(prefix)))) tally.note(name);
  }
  same('the record', record, before);
};

const PREFIXES = [undefined, 'ZEP_AUTH_', 'MY_', '', 'ZEP_AUTH_ZEP_AUTH_', 'constructor_'];
const EXTRA = ['SECRT', 'issuer', 'STORE_URL', '', 'REQUIRED ', 'SECRET_FILES'];
const others = fc.subarray([...EXTRA], { maxLength: 2 });
const extraValue = fc.constantFrom<unknown[]>('', undefined, GOOD_SECRETS[2]?.text, 'true', null);

const cases: fc.Arbitrary<Case> = fc
  .record({
    prefix: fc.constantFrom(undefined, undefined, undefined, ...PREFIXES),
    values: fc.record(VALUES),
    others: fc.oneof(
      { weight: 4, arbitrary: fc.constant<string[]>([]) },
      { weight: 1, arbitrary: others },
    ),
    extraValue,
    isUnderAnotherName: fc.constantFrom(...Array.from({ length: 20 }, (_, i) => i === 19)),
  })
  .map(({ prefix, values, others, extraValue, isUnderAnotherName }) => {
    const begin = isUnderAnotherName ? 'OTHER_' : (prefix ?? 'ZEP_AUTH_');
    const named = Object.entries(values).map(([name, value]) => [begin + name, value] as const);
    const extra = others.map((name) => [begin + name, extraValue] as const);
    return { prefix, record: Object.fromEntries([['PATH', '/bin'], ...named, ...extra]) };
  });

export const configTarget: Target = defineTarget<Case>({
  name: 'config',
  share: 14,
  batchSize: 1000,
  expected: [
    {
      within: 4000,
      names: [
        ...['accepted', 'ERR_CONFIG_INVALID', 'required', 'off', 'weak, and allowed'],
        ...Object.keys(VALUES),
      ],
    },
  ],
  cases,
  judge,
});
