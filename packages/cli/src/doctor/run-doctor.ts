// A run of the doctor: the environment, a token, and a server, each result as it comes.
import { randomUUID } from 'node:crypto';
import { type Io, log } from '../io/io.ts';
import { decodePart } from '../tokens/decode.ts';
import { judgeClock } from './clock.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { isSignedWith } from './misread-secrets.ts';
import { probe } from './probe/probe.ts';
import type { ProbeClaims } from './probe/probe-tokens.ts';
import { createReporter } from './report.ts';
import { skipped } from './result.ts';
import { diagnoseToken, findToken } from './token.ts';

export interface DoctorOptions {
  readonly url: URL | undefined;
  readonly dotenv: string | undefined;
  readonly secretFile: string | undefined;
  readonly tokenFile: string | undefined;
  readonly sendClaims: boolean;
  readonly json: boolean;
}

/** What the tokens of a probe claim: what the configuration asks for, and the caller's claims if those may be sent. */
export const claimsFor = (
  token: string | undefined,
  { config, secrets }: Environment,
  sendClaims: boolean,
): ProbeClaims => {
  const { issuer, audience } = config?.policy ?? {};
  const asked = {
    ...(issuer !== undefined && { iss: issuer }),
    ...(audience !== undefined && { aud: audience }),
  };
  const [secret] = secrets;
  if (!sendClaims || token === undefined || secret === undefined) return asked;
  if (!isSignedWith(token, secret)) return asked;
  const { nbf, jti, ...claims } = Object(decodePart(token, 'claims')) as ProbeClaims;
  return { ...asked, ...claims, ...(jti !== undefined && { jti: randomUUID() }) };
};

/** Says what is sent where, before anything is. */
const announce = (io: Io, url: URL, token: string | undefined, hasSecret: boolean): void => {
  log(io, `probing ${url.origin} with GET and OPTIONS; nothing there is changed. It gets`);
  if (token !== undefined) log(io, '  your token, once');
  if (hasSecret) log(io, '  tokens signed with your secret, which live for a minute');
  log(io, '  tokens that a server must refuse, and requests without one');
};

/** Runs all checks and returns the exit code. */
export const runDoctor = async (
  { url, sendClaims, json, ...files }: DoctorOptions,
  io: Io,
): Promise<number> => {
  const environment = await readEnvironment(io, {
    ...files,
    folder: url === undefined ? '.' : undefined,
  });
  const { secrets, isConfigured } = environment;
  const given = await findToken(io, environment.record, files.tokenFile, url);
  const reporter = createReporter(io, json);
  // A client, and someone who probes from elsewhere, have no configuration.
  const isServer = isConfigured || (url === undefined && given === undefined);
  if (!isServer) await reporter.add({ name: 'configuration', ...skipped('there is none here') });
  for (const result of isServer ? environment.results : []) await reporter.add(result);
  for (const result of environment.files) await reporter.add(result);
  if (given !== undefined || url === undefined) {
    await reporter.add({ name: 'token', ...(await diagnoseToken(given, environment)) });
  }
  if (url === undefined) {
    await reporter.add({ name: 'clock', ...judgeClock(given?.text) });
    return reporter.finish();
  }
  const isToken = given?.mistake === undefined && !secrets.includes(given?.text ?? '');
  const token = isToken ? given?.text : undefined;
  announce(io, url, token, secrets.length > 0);
  const claims = claimsFor(token, environment, sendClaims);
  const options = { url, signal: io.signal, token, secret: secrets[0], claims };
  for await (const result of probe(options)) await reporter.add(result);
  return reporter.finish();
};
