// `ZEP_AUTH_REVOKED`: the list of what is revoked, as a variable and in a file. Core says what an entry revokes.
import { createHash } from 'node:crypto';
import { createRevokedCheck } from '@zep-auth/core/internal';
import { parse } from 'dotenv';
import { decodeText } from '../io/decode-text.ts';
import { type Io, quote, warn } from '../io/io.ts';
import type { Target } from './target.ts';

export const VARIABLE = 'ZEP_AUTH_REVOKED';

const sha256 = (text: string) => createHash('sha256').update(text).digest();

/** Whether entries of the variable revoke what is asked about: one of it, or each. */
const isRevokedBy = async (
  entries: readonly string[],
  { asked }: Target,
  each: boolean,
): Promise<boolean> => {
  const check = createRevokedCheck(entries, { sha256 });
  const answers = await Promise.all(asked.map((one) => check(...one)));
  return each ? answers.every(Boolean) : answers.some(Boolean);
};

/** The list with the target in it, or without each entry that revokes it, `taken`. */
export const editList = async (list = '', target: Target, undo: boolean) => {
  const entries = list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  if (!undo) {
    const isDone = await isRevokedBy(entries, target, true);
    return { value: isDone ? list : [...entries, target.name].join(','), taken: [] };
  }
  const kept: string[] = [];
  const taken: string[] = [];
  for (const entry of entries)
    ((await isRevokedBy([entry], target, false)) ? taken : kept).push(entry);
  return { value: taken.length === 0 ? list : kept.join(','), taken };
};

/** Edits the list of a file of variables. Returns whether that changed it, and what was taken out. */
export const editFile = async (io: Io, path: string, target: Target, undo: boolean) => {
  const { findVariable, setVariable } = await import('../files/env-file-edit.ts');
  const { readSnapshot, replaceFile } = await import('../files/replace-file.ts');
  const { warnOfOthers } = await import('../files/env-file.ts');
  const snapshot = await readSnapshot(path);
  const old = decodeText(io, snapshot.content, quote(path));
  const found = findVariable(old, VARIABLE);
  const { value, taken } = await editList(found?.value, target, undo);
  const to = value === '' ? undefined : { value, isBare: found?.isBare !== false };
  const text = setVariable(old, VARIABLE, to, 'ZEP_AUTH_SECRET');
  const warnings = text === old ? [] : await replaceFile(snapshot, text);
  for (const warning of warnings) warn(io, warning);
  warnOfOthers(io, { [VARIABLE]: '', ...parse(text) });
  return { isChanged: text !== old, taken };
};
