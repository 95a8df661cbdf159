// `zepcli env --write`: the secret into a file, which never loses another secret silently.
import { chmod, constants, copyFile } from 'node:fs/promises';
import { assertReplaceable, readPlace, writeFile } from '../files/write-file.ts';
import { CliError } from '../io/errors.ts';
import { type Io, log, quote } from '../io/io.ts';
import { TARGETS, type Target, type TargetName } from './targets.ts';
import { setVariables, type Variables } from './variables.ts';

interface ReplaceOptions {
  readonly force: boolean;
  readonly replaceSecret: boolean;
}

/** Opens the file that `--write` names. `standing` and `encoding` are what it has of a secret. */
export const openTarget = async (io: Io, name: TargetName, path: string) => {
  const target: Target = TARGETS[name];
  const place = await readPlace(io, path);
  const find = (variable: string): string | undefined =>
    place.old === undefined ? undefined : target.find(place.old, variable);
  const standing = find('ZEP_AUTH_SECRET');
  const encoding = find('ZEP_AUTH_SECRET_ENCODING');
  const file = quote(place.path);
  const write = async (secret: string, variables: Variables, options: ReplaceOptions) => {
    const { ZEP_AUTH_SECRET_ENCODING: written = 'utf8' } = Object.fromEntries(variables);
    const isRead = name === 'systemd' || written === (encoding ?? 'utf8'); // as it was before
    const isReplaced = Boolean(standing) && (standing !== secret || !isRead);
    if (isReplaced && !options.replaceSecret) {
      throw new CliError(
        'ERR_FILE',
        `${file} has another secret, whose tokens would be refused`,
        '`zepcli rotate` changes it without an outage; --replace-secret replaces it and keeps a backup',
      );
    }
    const isEdit = name === 'dotenv';
    assertReplaceable(place, isEdit || options.force || options.replaceSecret);
    let content = target.render(variables);
    if (isEdit) content = setVariables(place.old ?? '', variables);
    if (name === 'systemd') content = `${secret}\n`;
    if (isReplaced) {
      const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
      const backup = `${place.path}.${time}.bak`;
      await copyFile(place.path, backup, constants.COPYFILE_EXCL);
      await chmod(backup, 0o600);
      log(io, `the file as it was is ${quote(backup)}`);
    }
    await writeFile(io, place, content);
  };
  return { path: place.path, standing, encoding, write };
};
