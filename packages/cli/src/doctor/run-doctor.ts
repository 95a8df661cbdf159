// A run of the doctor: the environment, a token, and a server, each result as it comes.
import { randomUUID } from 'node:crypto';
import { type Io, log } from '../io/io.ts';
import { membersOf } from '../tokens/decode.ts';
import { type Environment, judgeFiles, readEnvironment, type Sources } from './environment.ts';
import { isSignedWith } from './misread-secrets.ts';
import { type Result, report, skipped } from './report.ts';
import type { Claims } from './site.ts';
import { diagnoseToken, findToken } from './token.ts';

export interface DoctorOptions extends Sources {
  readonly url: URL | undefined;
  readonly sendClaims: boolean;
  readonly json: boolean;
}

/** What the tokens of a probe claim: what the configuration asks for, and the caller's claims if those may be sent. */
export const claimsFor = (
  token: string | undefined,
  { config, secrets }: Environment,
  sendClaims: boolean,
): Claims => {
  const { issuer, audience } = config?.policy ?? {};
  const asked = {
    ...(issuer !== undefined && { iss: issuer }),
    ...(audience !== undefined && { aud: audience }),
  };
  const [secret] = secrets;
  if (!sendClaims || token === undefined || secret === undefined) return asked;
  if (!isSignedWith(token, secret.key)) return asked;
  const { nbf, jti, ...claims } = membersOf(token, 'claims');
  return { ...asked, ...claims, ...(jti !== undefined && { jti: randomUUID() }) };
};

async function* examine(
  { url, sendClaims, ...sources }: DoctorOptions,
  io: Io,
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
  const { probe } = await import('./probe.ts'); // only here: HTTP and TLS are slow to load
  yield* probe({ url, signal: io.signal, token, key: secrets[0]?.key, claims });
}

/** Runs all checks and returns the exit code. */
export const runDoctor = (options: DoctorOptions, io: Io): Promise<number> =>
  report(io, options.json, examine(options, io));
