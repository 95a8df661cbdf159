// Lines of a file of variables that its readers take differently, or not at all.
import { expect, it } from 'vitest';
import { findAmbiguous } from '../../src/files/env-file.ts';

it.each([
  ['ZEP_AUTH_AUDIENCE', 'ZEP_AUTH_AUDIENCE is not set: its line has no = behind the name'],
  ['ZEP_AUTH_AUDIENCE x', 'ZEP_AUTH_AUDIENCE is not set: its line has no = behind the name'],
  ['  export ZEP_AUTH_AUD : x', 'ZEP_AUTH_AUD is not set: its line has no = behind the name'],
  [
    'set ZEP_AUTH_AUDIENCE=x',
    'ZEP_AUTH_AUDIENCE is not set: "set" is for Windows, not for a file; leave it out',
  ],
  [
    '$env:ZEP_API_KEY = "x"',
    'ZEP_API_KEY is not set: "$env:" is for Windows, not for a file; leave it out',
  ],
  [
    'ZEP_AUTH_ISSUER=a\nZEP_AUTH_ISSUER=b',
    'ZEP_AUTH_ISSUER is set twice: dotenv and shells take the last one',
  ],
  [
    'ZEP_AUTH_ISSUER=a#b',
    "ZEP_AUTH_ISSUER has a #: dotenv and Compose drop what follows it, Docker's --env-file keeps it",
  ],
  ['ZEP_AUTH_ISSUER=a$b', 'ZEP_AUTH_ISSUER has a $: shells and Compose expand it, dotenv does not'],
  [
    'ZEP_AUTH_ISSUER=a\\b',
    'ZEP_AUTH_ISSUER has a backslash: shells drop it, dotenv and Docker keep it',
  ],
])('%j is a warning', (text, warning) => {
  expect(findAmbiguous(`OTHER=1\n${text}\n`)).toEqual([warning]);
});

it.each([
  ...[
    'ZEP_AUTH_ISSUER=a',
    'ZEP_AUTH_ISSUER: a',
    ' export ZEP_AUTH_ISSUER = "a"',
    'ZEP_AUTH_ISSUER=',
  ],
  ...["ZEP_AUTH_ISSUER='a$b#c'", '# ZEP_AUTH_ISSUER', 'OTHER', 'OTHER=a$b', 'MY_ZEP_AUTH_ISSUER'],
])('%j is not', (text) => {
  expect(findAmbiguous(text)).toEqual([]);
});
