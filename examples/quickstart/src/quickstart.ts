// A secret and a token from the command line, a guarded API, and a client that calls it. Exits with 1 when an answer is
// not the expected one.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { signToken } from '@zep-auth/core';
import { createAuthFetch } from '@zep-auth/sdk-auth';

const manifest = createRequire(import.meta.url).resolve('@zep-auth/cli/package.json');
const zepcli = join(dirname(manifest), 'dist', 'bin.cjs');

let step = 0;
const tell = (what: string): void => console.log(`${++step}. ${what}`);

/** Sends a request, prints it with its answer and the reason, and throws when the answer is not the expected one. */
const ask = async (what: string, request: Promise<Response>, status: number, why: string) => {
  const response = await request;
  const challenge = response.headers.get('www-authenticate');
  tell(`${what} -> ${response.status}${challenge === null ? '' : `, ${challenge}`} (${why})`);
  if (response.status !== status) throw new Error(`expected ${status}`);
};

/** Starts `zepcli serve --demo` with the secret in its environment, and returns its address. */
const startGate = async (secret: string): Promise<{ gate: ChildProcess; url: string }> => {
  const gate = spawn(process.execPath, [zepcli, 'serve', '--demo', '--port', '0'], {
    env: { ...process.env, ZEP_AUTH_REQUIRED: 'true', ZEP_AUTH_SECRET: secret },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  gate.stderr.on('data', (chunk) => {
    log += chunk;
  });
  for await (const line of createInterface({ input: gate.stdout })) {
    return { gate, url: line.replace('listening on ', '') };
  }
  throw new Error(`the gate did not start: ${log}`);
};

const made = execFileSync(process.execPath, [zepcli, '-i', '--json'], { encoding: 'utf8' });
const { secret, token } = JSON.parse(made) as { secret: string; token: string };
tell(
  `zepcli -i -> a secret of ${secret.length} characters for the server, a token of ${token.length} for the client`,
);

const { gate, url } = await startGate(secret);
try {
  tell(`zepcli serve --demo, with the secret in ZEP_AUTH_SECRET -> a guarded API on ${url}`);

  const authFetch = createAuthFetch({ token, origins: [url] });
  await ask(
    'with the token',
    authFetch(`${url}/hello`),
    200,
    'the token is signed with the secret',
  );

  await ask('without a token', fetch(`${url}/hello`), 401, 'a request needs a token');

  const withToken = (text: string) =>
    fetch(`${url}/hello`, { headers: { Authorization: `Bearer ${text}` } });

  const [header, , signature] = token.split('.');
  const claims = btoa('{"sub":"root"}').replace(/=+$/, '');
  const tampered = withToken([header, claims, signature].join('.'));
  await ask('with a tampered token', tampered, 401, 'the signature does not fit the claims');

  const expired = await signToken(secret, { exp: Math.floor(Date.now() / 1000) - 1 });
  await ask('with an expired token', withToken(expired), 401, 'it expired a second ago');

  await ask(
    'the health check',
    fetch(`${url}/healthz`),
    200,
    'a public path, so it needs no token',
  );
  console.log('All answers are as they should be. Next: npx zepcli -i');
} catch (error) {
  console.error(`Not as it should be: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  gate.kill();
  await once(gate, 'exit');
}
