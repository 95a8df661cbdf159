// `zepcli doctor`: what is wrong with the environment, with a token, or with a server.
import * as option from '../argv/options.ts';
import { type Command, defineCommand } from '../command.ts';
import { judgeFiles, readEnvironment, type Sources } from '../doctor/environment.ts';
import { type Result, report, skipped } from '../doctor/report.ts';
import { claimsFor, diagnoseToken, findToken } from '../doctor/token.ts';
import { assertOneInput } from '../io/decode-text.ts';
import { UsageError } from '../io/errors.ts';
import { type Io, log, quote } from '../io/io.ts';

const parseUrl = (argument: string): URL => {
  const url = URL.canParse(argument) ? new URL(argument) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    const message = `${quote(argument)} is not the URL of an API`;
    throw new UsageError(message, 'it begins with https:// or http://');
  }
  if (url.username === '' && url.password === '') return url;
  throw new UsageError('the URL has a user in it', 'give a token with --token-file');
};

/** Looks at the environment, at a token, and at a server, and yields each result as it comes. */
async function* examine(
  io: Io,
  url: URL | undefined,
  sendClaims: boolean,
  sources: Sources,
): AsyncGenerator<Result> {
  const environment = await readEnvironment(io, sources);
  const { record, secrets, isConfigured, results } = environment;
  const text = await findToken(io, record, sources.tokenFile, url);
  // A client, and someone who probes from elsewhere, have no configuration.
  const isServer = isConfigured || (url === undefined && text === undefined);
  if (isServer) yield* results;
  else yield { name: 'configuration', ...skipped('there is none here') };
  yield* await judgeFiles(io, record, sources);
  if (text !== undefined || url === undefined) {
    const isAsked = url === undefined && sources.tokenFile !== undefined;
    yield { name: 'token', ...(await diagnoseToken(text, environment, sources, isAsked)) };
  }
  if (url === undefined) return;
  const isToken = /^[\w-]+\.[\w-]*\.[\w-]*$/.test(text ?? '');
  const token = isToken && secrets.every((secret) => secret.text !== text) ? text : undefined;
  log(io, `sending to ${url.origin}, with GET and OPTIONS only:`);
  if (token !== undefined) log(io, '  your token, once');
  const withClaims = sendClaims ? ', with your claims' : '';
  if (secrets.length > 0) log(io, `  tokens of your secret, for a minute${withClaims}`);
  log(io, '  bad tokens, and requests without one');
  const claims = claimsFor(token, environment, sendClaims);
  const { probe } = await import('../doctor/probe.ts'); // only here: HTTP and TLS are slow to load
  yield* probe({ url, signal: io.signal, token, key: secrets[0]?.key, claims });
}

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
  run: async ({ url, json, sendClaims, ...sources }, io) => {
    assertOneInput('the token', sources.tokenFile, sources.secretFile);
    if (sendClaims && url === undefined)
      throw new UsageError('--send-claims goes with a URL', 'add the URL of an API');
    const server = url === undefined ? undefined : parseUrl(url);
    return report(io, json, examine(io, server, sendClaims, sources));
  },
});
