// `zepcli doctor`: what is wrong with the environment, with a token, and with a deployment.
// Never prints a secret or a token, and sends the user's token nowhere but where it was told to.
import { type Command, defineCommand, json, secretFile, text } from '../command.ts';
import { judgeClock } from '../doctor/clock.ts';
import { type Environment, readEnvironment } from '../doctor/environment.ts';
import { probe } from '../doctor/probe/probe.ts';
import { claimsFor } from '../doctor/probe/probe-tokens.ts';
import { isGood, toJson, toSummary, toTable } from '../doctor/report.ts';
import { type Result, skipped } from '../doctor/result.ts';
import { diagnoseToken, findToken, type GivenToken } from '../doctor/token.ts';
import { type Io, log, print, UsageError } from '../io/io.ts';
import { paintFor } from '../io/style.ts';

const parseUrl = (argument: string): URL => {
  const url = URL.canParse(argument) ? new URL(argument) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new UsageError('the argument is the URL of an API, with https:// before it');
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('the URL has a user in it; a token goes into --token-file');
  }
  return url;
};

const probeUrl = (io: Io, url: URL, given: GivenToken | undefined, environment: Environment) => {
  const { secrets } = environment;
  const token =
    given?.mistake === undefined && !secrets.includes(given?.text ?? '') ? given?.text : undefined;
  log(io, 'asking the server; none of the requests changes anything there');
  return probe({
    url,
    signal: io.signal,
    token,
    secret: secrets[0],
    secrets,
    claims: claimsFor(token, environment),
  });
};

export const doctor: Command = defineCommand({
  argument: {
    name: 'url',
    describe: 'the URL of an API to probe; without it, the environment here',
  },
  options: {
    'env-file': text('read variables from this file; those of the environment win'),
    'secret-file': secretFile,
    'token-file': text('read a token from this file, or - for stdin (default: ZEP_API_KEY)'),
    json,
  },
  examples: [
    ['zepcli doctor --env-file .env', 'look at a configuration'],
    ['zepcli doctor --token-file token.txt', 'why does this token not get in?'],
    ['zepcli doctor https://api.example.com/v1', 'probe a server of your own'],
  ],
  run: async (args, io) => {
    const url = args.url === undefined ? undefined : parseUrl(args.url);
    const { envFile, secretFile, tokenFile } = args;
    if (tokenFile === '-' && secretFile === '-') {
      throw new UsageError('only one of --secret-file and --token-file can be standard input');
    }
    const environment = await readEnvironment(io, {
      envFile,
      secretFile,
      tokenFile,
      folder: url === undefined ? '.' : undefined,
    });
    const given = await findToken(io, environment.record, tokenFile, url);
    // A client, and someone who probes from elsewhere, have no configuration.
    const isServer = environment.isConfigured || (url === undefined && given === undefined);
    const isTokenWanted = given !== undefined || url === undefined;
    const results: readonly Result[] = [
      ...(isServer
        ? environment.results
        : [{ name: 'configuration', ...skipped('there is none here') }]),
      ...environment.files,
      ...(isTokenWanted ? [{ name: 'token', ...(await diagnoseToken(given, environment)) }] : []),
      ...(url === undefined
        ? [{ name: 'clock', ...judgeClock(given?.text) }]
        : await probeUrl(io, url, given, environment)),
    ];
    print(io, args.json ? toJson(results) : toTable(results, paintFor(io.stdout, io.env)));
    log(io, toSummary(results));
    return isGood(results) ? 0 : 1;
  },
});
