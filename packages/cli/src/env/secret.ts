// The secret that `zepcli env` brings to its place: the one that is there, or a new one.
// Never takes one that a server would refuse.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { generateSecret, judgeSecret } from '@zep-auth/core';
import { createLoader, type SecretSource } from '../config.ts';
import { decodeUtf8, type Io, log } from '../io/io.ts';

/** A secret, and where a shell finds it again. */
export interface FoundSecret {
  readonly secret: string;
  readonly isWeak: boolean;
  readonly isNew: boolean;
  /** The file that holds it, and nothing else. */
  readonly path: string | undefined;
  /** Whether `ZEP_AUTH_SECRET` of the environment holds it. */
  readonly isInEnvironment: boolean;
}

/**
 * Finds the secret, or makes one where there is none.
 *
 * @throws {AuthError} `ERR_CONFIG_INVALID` with every problem of the configuration
 */
export const findSecret = async (io: Io, source: SecretSource): Promise<FoundSecret> => {
  const fresh = generateSecret();
  const load = await createLoader(io, { ...source, fresh });
  const contents = new Map<string, Uint8Array>();
  const { record } = await load(async (path) => {
    const content = await readFile(path);
    contents.set(path, content);
    return content;
  });
  const { ZEP_AUTH_SECRET: value = '', ZEP_AUTH_SECRET_FILE: file = '' } = record;
  const content = decodeUtf8(contents.get(file) ?? new Uint8Array(), 'the secret');
  const secret = value === '' ? content.replace(/\r?\n$/, '') : value;
  const isPiped = source.stdin !== undefined || source.secretFile === '-';
  const isNew = secret === fresh;
  if (isNew) {
    log(
      io,
      'no secret was given, so this is a new one; keep it, in ZEP_AUTH_SECRET or in a file: tokens are made with it',
    );
  }
  if (record['ZEP_AUTH_SECRET_PREVIOUS'] || record['ZEP_AUTH_SECRET_PREVIOUS_FILE']) {
    log(io, 'warning: the previous secrets are no part of this, nor are settings but the secret');
  }
  return {
    secret,
    isWeak: judgeSecret(secret).some(({ rule }) => rule === 'too-short'),
    isNew,
    path: value === '' ? resolve(file) : undefined,
    isInEnvironment: !isPiped && value !== '' && io.env['ZEP_AUTH_SECRET'] === value,
  };
};
