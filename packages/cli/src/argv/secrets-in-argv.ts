// A look at the command line before any parser sees it: other users can see it, and the shell keeps it.
// No refusal repeats what it has found.
import { UsageError } from '../io/errors.ts';
import { quote, toWord } from '../io/io.ts';

/** At most so many `=` of an argument are looked behind. */
const MAX_SIGNS = 32;

const READS_TOKEN = ['verify', 'inspect', 'revoke'];
/** The commands that take a token as an argument, where people paste them; the last two are tried, and are none. */
const TAKES_TOKEN = [...READS_TOKEN, 'check', 'decode'];

/** The form of a token, signed or with an empty signature. What is cut off is not one. */
const TOKEN = /^(?:bearer\s+)?ey[AJ][\w-]*\.[\w-]*\.(?:[\w-]{43})?$/i;
/** A signed one inside a text, such as a URL. */
const TOKEN_INSIDE = /(?<![\w-])ey[AJ][\w-]*\.[\w-]*\.[\w-]{43}(?![\w-])/;

/** What ends the authority of a URL may stand in the password of a store, as people paste it. */
const hasPassword = (text: string): boolean =>
  /^(?:https?:\/\/[^/?#:]*:[^/?#]*|(?!https?:)[a-z][a-z0-9+.-]*:\/\/[^:]*:.*)@/is.test(text);

/** 64 random bytes in base64 of either alphabet, as zepcli, Zep, openssl and Python make them. */
const GENERATED = /(?<![\w-])[\w-]{86}(?![\w=-])|(?:[\w-]{86}|[A-Za-z\d+/]{86})==(?!=)/;

const isGenerated = (text: string): boolean => {
  const [found = ''] = GENERATED.exec(text) ?? [];
  return /\d/.test(found) && /[a-z]/.test(found) && /[A-Z]/.test(found);
};

/** Whether a text is a secret in use, or holds one that is too long to be there by chance. */
const holds = (text: string, secret: string): boolean =>
  secret !== '' && (secret.length < 12 ? text === secret : text.includes(secret));

/** All that an argument may hold: itself, an option's name or value, and what follows each `=`. */
export const readingsOf = (argument: string): readonly string[] => {
  const signs = [...argument.matchAll(/=/g)].slice(0, MAX_SIGNS);
  const ends = signs.map(({ index }) => argument.slice(index + 1));
  const bare = [/^--/, /^-+/, /^-\w/].map((start) => argument.replace(start, ''));
  return [argument, ...bare, ...ends].filter((text) => text !== '');
};

const HISTORY = 'other users can see it, and the shell keeps it in its history';

/** Refuses a command line that holds a secret in use, a generated one, a password, or a token where none belongs. */
export const assertNoSecrets = (
  argv: readonly string[],
  env: { readonly [variable: string]: string | undefined },
): void => {
  const { ZEP_AUTH_SECRET: current = '', ZEP_AUTH_SECRET_PREVIOUS: previous = '' } = env;
  const known = [current, ...previous.split(',')];
  const takesToken = TAKES_TOKEN.includes(argv[0] ?? '');
  for (const [i, argument] of argv.entries()) {
    const isValue = /^--(?:secret-file|dotenv|jti)$/.test(argv[i - 1] ?? '');
    for (const text of readingsOf(argument)) {
      if (known.some((secret) => holds(text, secret)) || isGenerated(text)) {
        throw new UsageError(
          `a secret is on the command line: ${HISTORY}`,
          'make a new one with `zepcli secret`, and give it in ZEP_AUTH_SECRET or with --secret-file',
        );
      }
      if (hasPassword(text)) {
        throw new UsageError(
          `a URL with a password is on the command line: ${HISTORY}`,
          'change the password, and give the URL in the environment',
        );
      }
      const isToken = TOKEN.test(text.trim()) || TOKEN_INSIDE.test(text);
      const isArgument = takesToken && text === argument && !isValue && !argument.startsWith('-');
      if (isToken && !isArgument) {
        throw new UsageError(
          `a token is on the command line: ${HISTORY}`,
          'give it on standard input: zepcli verify < token.txt',
        );
      }
    }
  }
};

/** What looks like a hyphen at the start of an option. */
export const DASHES: RegExp = /^[\u2010-\u2015\u2212]+/;

/** Refuses an option for the token where that comes on standard input. */
const assertNoTokenOption = (argv: readonly string[]): void => {
  const [command = ''] = argv;
  const found = argv.map((one) => /^(--(?:token|jwt)(?:-file)?)(?:=(.*))?$/s.exec(one));
  const at = found.findIndex((one) => one !== null);
  if (at < 1 || !READS_TOKEN.includes(command)) return;
  const [, name, value = argv[at + 1]] = found[at] ?? [];
  const file = value === undefined || /^(?:-|$)/.test(value) ? 'token.txt' : value;
  throw new UsageError(
    `${name} is not an option: the token is read from standard input`,
    `zepcli ${command} < ${toWord(file)}`,
  );
};

/** Refuses the name of an argument as an option, and anything behind `--`. */
export const assertForms = (argv: readonly string[]): void => {
  assertNoTokenOption(argv);
  const option = argv.find((one) => /^--?(?:secret|key|password|token|jwt)(?:=|$)/.test(one));
  if (option !== undefined) {
    throw new UsageError(
      `${option.split('=')[0]} is not an option: no option takes a secret or a token`,
      'give the secret in ZEP_AUTH_SECRET or with --secret-file, and a token on standard input',
    );
  }
  const isDashed = (word: string): boolean =>
    /^[a-z]/i.test(word.replace(DASHES, '')) && DASHES.test(word);
  const dashed = argv.find((word, i) => isDashed(word) && !argv[i - 1]?.startsWith('-'));
  if (dashed !== undefined) {
    const [name = ''] = dashed.replace(DASHES, '').split('=');
    const isName = /^[a-z-]+$/i.test(name);
    throw new UsageError(
      `an option begins with ${quote(dashed.charAt(0))}, which is not a hyphen`,
      isName ? `type it: ${name.length > 1 ? '--' : '-'}${name}` : 'type a hyphen: -',
    );
  }
  if (argv.includes('--')) throw new UsageError('-- is not used here', 'leave it out');
};
