// `zepcli doctor`: what is wrong with the environment, with a token, or with a server.
import * as option from '../argv/options.ts';
import { type Command, defineCommand } from '../command.ts';
import { assertOneInput } from '../io/decode-text.ts';
import { UsageError } from '../io/errors.ts';
import { quote } from '../io/io.ts';

const parseUrl = (argument: string): URL => {
  const url = URL.canParse(argument) ? new URL(argument) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    const message = `${quote(argument)} is not the URL of an API`;
    throw new UsageError(message, 'it begins with https:// or http://');
  }
  if (url.username === '' && url.password === '') return url;
  throw new UsageError('the URL has a user in it', 'give a token with --token-file');
};

export const command: Command = defineCommand({
  positionals: [
    { name: 'url', describe: 'the URL of an API to probe; without it, the environment here' },
  ],
  options: {
    'token-file': option.file('read a token from this file, or - for standard input'),
    ...option.source,
    'send-claims': option.flag('send tokens with the claims of your token, too'),
    json: option.json,
  },
  examples: [
    ['zepcli doctor --dotenv .env', 'look at a configuration'],
    ['zepcli doctor --token-file token.txt', 'find out why a token is refused'],
    ['zepcli doctor https://api.example.com/v1', 'probe a server of yours'],
  ],
  run: async ({ url, ...args }, io) => {
    assertOneInput('the token', args.tokenFile, args.secretFile);
    if (args.sendClaims && url === undefined)
      throw new UsageError('--send-claims goes with a URL', 'add the URL of an API');
    const { runDoctor } = await import('../doctor/run-doctor.ts');
    return runDoctor({ ...args, url: url === undefined ? undefined : parseUrl(url) }, io);
  },
});
