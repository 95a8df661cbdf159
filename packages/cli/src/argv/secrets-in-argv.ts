// A look at the command line before any parser sees it: secrets do not belong there.
// Never repeats what it finds; it names the kind and the place to put it instead.
import type { Options } from '../command.ts';
import { UsageError } from '../io/io.ts';

/** So many = are looked behind; with more, an argument is no mistake of a hasty hand. */
const MAX_SIGNS = 32;

const TAKES_TOKEN = ['verify', 'inspect', 'revoke'];

/** Its header begins with `{"` or `{ `; `ey` alone begins host names too. */
const isToken = (text: string): boolean =>
  /^ey[AJ][\w-]*\.[\w-]*\.[\w-]*$/.test(text.trim().replace(/^bearer\s+/i, ''));
/** What ends the authority of a URL may stand in the password of a store, as people paste it. */
const hasPassword = (text: string): boolean =>
  /^(?:https?:\/\/[^/?#:]*:[^/?#]*|(?!https?:)[a-z][a-z0-9+.-]*:\/\/[^:]*:.*)@/is.test(text);
/** Made by `zepcli secret`, `zepcli -i` or Zep. */
const isGenerated = (text: string): boolean => /(?<![\w-])[\w-]{86}==(?![\w=-])/.test(text);
/** All that an argument may hold: itself, an option's name or value, and what follows each `=`. */
const readingsOf = (argument: string): readonly string[] => {
  const signs = [...argument.matchAll(/=/g)].slice(0, MAX_SIGNS);
  const ends = signs.map(({ index }) => argument.slice(index + 1));
  return [argument, argument.replace(/^-+/, ''), ...ends].filter((text) => text !== '');
};

/** Long, mixed, and no path: base64 of any kind, or hex. */
const isRandom = (text: string): boolean =>
  /^[0-9a-f]{32,}$/i.test(text) ||
  (/^[\w+/-]{32,}={0,2}$/.test(text) &&
    /\d/.test(text) &&
    /[a-z]/.test(text) &&
    /[A-Z]/.test(text));

const HISTORY =
  'what is on a command line can be seen by others and stays in the history of the shell';

const ADVICE = {
  secret: `a secret is on the command line, and ${HISTORY}: make a new one, and give it in ZEP_AUTH_SECRET or with --secret-file`,
  token: `a token is on the command line where none belongs, and ${HISTORY}: leave it out, and give it to zepcli verify or inspect on standard input`,
  password: `a URL with a password is on the command line, and ${HISTORY}: change the password`,
};

/**
 * Refuses a command line that holds a secret, a password, or a token where none belongs.
 *
 * @throws {UsageError} that names the kind and says what to do
 */
export const assertNoSecrets = (
  argv: readonly string[],
  env: { readonly [variable: string]: string | undefined },
  options: Options,
): void => {
  // The value of a known option may be any text, so only what is certainly a secret or a token is refused there.
  const takesText = (name: string | undefined): boolean =>
    name !== undefined && Object.hasOwn(options, name) && options[name]?.kind !== 'flag';
  const known = [env['ZEP_AUTH_SECRET'], ...(env['ZEP_AUTH_SECRET_PREVIOUS'] ?? '').split(',')];
  let isValue = false;
  for (const argument of argv) {
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(argument) ?? [];
    const isFreeText = isValue || (value !== undefined && takesText(name));
    isValue = value === undefined && takesText(name);
    if (isValue) continue; // a known option, its value comes next
    for (const text of readingsOf(argument)) {
      if (known.includes(text) || isGenerated(text) || (!isFreeText && isRandom(text))) {
        throw new UsageError(ADVICE.secret);
      }
      if (hasPassword(text)) throw new UsageError(ADVICE.password);
      if (
        isToken(text) &&
        (isFreeText || name !== undefined || !TAKES_TOKEN.includes(argv[0] ?? ''))
      ) {
        throw new UsageError(ADVICE.token);
      }
    }
  }
};

/**
 * Refuses what yargs would take: the name of an argument as an option, and anything behind `--`.
 *
 * @throws {UsageError} that says where the value belongs
 */
export const assertForms = (argv: readonly string[]): void => {
  if (argv.some((argument) => /^--?(?:secret|key|password|token|jwt)(?:=|$)/.test(argument))) {
    throw new UsageError(
      'no option takes a secret or a token: give the secret in ZEP_AUTH_SECRET or with --secret-file, and a token on standard input',
    );
  }
  if (argv.includes('--')) throw new UsageError('-- is not used here; leave it out');
};
