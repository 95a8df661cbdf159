// The reference for a configuration: which variables are wrong, and the result if none is. Does not use the code under test.
import type { VerifyPolicy } from '@zep-auth/core';
import { faultsOf, isBadEntry, VALUES } from './config-values.ts';

export type EnvironmentRecord = Readonly<Record<string, unknown>>;

export interface Expected {
  /** The wrong variables, once for each reason, sorted. */
  readonly faults: readonly string[];
  readonly required: boolean;
  /** The number of different secrets. */
  readonly keys: number;
  readonly policy: VerifyPolicy;
  /** Unknown variables with the prefix. */
  readonly unknown: readonly string[];
  readonly isWarnedOfWeakness: boolean;
}

const TRUE = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

const isSet = (value: unknown): boolean => value !== undefined && value !== '';

/** The expected result of readAuthConfig. */
export const expectedOf = (record: EnvironmentRecord, prefix: string): Expected => {
  const faults: string[] = [];
  const blame = (name: string, times = 1): void => {
    for (let i = 0; i < times; i++) faults.push(prefix + name);
  };
  const textOf = (name: string): string | undefined => {
    const value = record[prefix + name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const has = (name: string): boolean => isSet(record[prefix + name]);

  for (const name of Object.keys(VALUES)) {
    if (has(name) && (name.endsWith('_FILE') || textOf(name) === undefined)) blame(name);
  }
  for (const name of ['SECRET', 'SECRET_PREVIOUS'])
    if (has(name) && has(`${name}_FILE`)) blame(name);

  const isTrue = (name: string, fallback: boolean): boolean => {
    const text = textOf(name);
    if (text === undefined) return fallback;
    if (!TRUE.includes(text) && !FALSE.includes(text)) blame(name);
    return TRUE.includes(text) || (fallback && !FALSE.includes(text));
  };
  const required = isTrue('REQUIRED', true);
  const allowWeak = isTrue('ALLOW_WEAK_SECRET', false);
  const requireExpiry = isTrue('REQUIRE_EXPIRY', false);

  let isWarnedOfWeakness = false;
  const judge = (text: string, place: string): void => {
    const { faults: reasons, weaknesses } = faultsOf(text);
    blame(place, reasons + (allowWeak ? 0 : weaknesses));
    if (weaknesses > 0 && allowWeak) isWarnedOfWeakness = true;
  };
  const current = textOf('SECRET');
  if (current !== undefined) judge(current, 'SECRET');
  const previous = (textOf('SECRET_PREVIOUS') ?? '').split(',');
  for (const [i, text] of previous.entries()) {
    if (text !== '') judge(text, `SECRET_PREVIOUS (entry ${i + 1})`);
  }
  const secrets = [current ?? '', ...previous].filter((text) => text !== '');
  if (previous.filter((text) => text !== '').length > 3) blame('SECRET_PREVIOUS');
  const isMissing = !has('SECRET') && !has('SECRET_FILE');
  if (isMissing && (required || secrets.length > 0)) blame('SECRET');

  for (const name of ['ISSUER', 'AUDIENCE']) if (/^\s|\s$/.test(textOf(name) ?? '')) blame(name);
  const secondsOf = (name: string, min: number, max: number): number | undefined => {
    const text = textOf(name);
    if (text === undefined) return undefined;
    const isWhole = [...text].every((char) => '0123456789'.includes(char));
    if (isWhole && Number(text) >= min && Number(text) <= max) return Number(text);
    blame(name);
    return undefined;
  };
  const tolerance = secondsOf('CLOCK_TOLERANCE_SECONDS', 0, 300);
  const maxAge = secondsOf('MAX_TOKEN_AGE_SECONDS', 1, 999_999_999);
  const entries = (textOf('REVOKED') ?? '').split(',').map((entry) => entry.trim());
  const revoked = entries.filter((entry) => entry !== '');
  blame('REVOKED', revoked.filter(isBadEntry).length);

  const encoding = textOf('SECRET_ENCODING');
  if (encoding !== undefined && encoding !== 'utf8') blame('SECRET_ENCODING');

  const known = [...Object.keys(VALUES), 'STORE_URL'].map((name) => prefix + name);
  const ignored = (textOf('IGNORE_VARIABLES') ?? '').split(',').map((name) => name.trim());
  const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
  const isUnknown = (name: string): boolean => {
    if (!isText(record[name]) || known.includes(name) || ignored.includes(name)) return false;
    const meant = known.find((it) => it === name.trim().toUpperCase());
    if (meant !== undefined) return !isText(record[meant]);
    return name.startsWith(prefix);
  };
  const unknown = prefix === '' ? [] : Object.keys(record).filter(isUnknown);
  if (prefix === 'ZEP_AUTH_') faults.push(...unknown);

  const [issuer, audience] = [textOf('ISSUER'), textOf('AUDIENCE')];
  return {
    faults: faults.sort(),
    required,
    keys: new Set(secrets).size,
    policy: {
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
      ...(tolerance !== undefined && { clockToleranceSeconds: tolerance }),
      ...(maxAge !== undefined && { maxTokenAgeSeconds: maxAge }),
      ...(requireExpiry && { requiredClaims: ['exp'] }),
      ...(revoked.length > 0 && { revoked }),
    },
    unknown: prefix === 'ZEP_AUTH_' ? [] : unknown,
    isWarnedOfWeakness,
  };
};
