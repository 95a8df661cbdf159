// A TypeScript application that uses every package by its name, with types that are not `any`. It is compiled against
// the installed packages in each mode of resolution, and never run.
import {
  type AuthConfig,
  createKeyring,
  createVerifier,
  generateSecret,
  isAuthError,
  type JwtClaims,
  loadAuthConfig,
  readAuthConfig,
  signToken,
  type VerifiedToken,
} from '@zep-auth/core';
import { type AuthFetch, authHeaders, createAuthFetch, tokenFromEnv } from '@zep-auth/sdk-auth';
import { type AuthVariables, authGuard, createGate, requireScope } from '@zep-auth/server';
import { type AuthInfo, toAuthInfo } from '@zep-auth/server/mcp';
import { describeAuth } from '@zep-auth/server/openapi';
import { type TestAuth, testAuth } from '@zep-auth/server/testing';
import { Hono } from 'hono';

interface Claims extends JwtClaims {
  readonly sub: string;
}

const secret: string = generateSecret();
export const config: AuthConfig = readAuthConfig({ ZEP_AUTH_SECRET: secret });
export const loaded: Promise<AuthConfig> = loadAuthConfig({}, { readFile: async () => secret });

const app = new Hono<{ Variables: AuthVariables<Claims> }>();
app.use(authGuard<Claims>({ config }));
app.get('/', requireScope('read'), (c) => {
  const subject: string = c.var.auth.claims.sub;
  // @ts-expect-error: a subject is not a number
  const wrong: number = c.var.auth.claims.sub;
  return c.text(`${subject} ${wrong}`);
});
app.get('/mcp', (c) => {
  const info: AuthInfo = toAuthInfo(c.var.auth);
  // @ts-expect-error: only AuthInfo has a token
  const wrong: string = c.var.auth.token;
  return c.text(`${info.clientId} ${wrong}`);
});
export const tests: TestAuth = testAuth({ claims: { sub: 'alice' } });
const { responses } = describeAuth().secure({ responses: { 200: { description: 'Done.' } } });
export const told: readonly string[] = [responses[200].description, responses[401].description];
export const gate: Hono = createGate({ config, upstream: 'http://127.0.0.1:8000' });

export const authFetch: AuthFetch = createAuthFetch({
  token: tokenFromEnv({ ZEP_API_KEY: 'a.b.c' }),
  origins: ['https://api.example'],
});
export const { Authorization }: { readonly Authorization: string } = authHeaders('a.b.c');

export const check = async (token: string): Promise<string> => {
  try {
    const keyring = createKeyring([secret, await signToken(secret)]);
    const verified: VerifiedToken<Claims> = await createVerifier<Claims>({ keyring }).verify(token);
    return verified.claims.sub;
  } catch (error) {
    if (!isAuthError(error)) throw error;
    // @ts-expect-error: the code does not exist
    if (error.code === 'ERR_NO_SUCH_CODE') return '';
    return error.code;
  }
};

// @ts-expect-error: a secret is a string
createKeyring(5);
// @ts-expect-error: a verifier needs to know what it verifies with
createVerifier();
// @ts-expect-error: a gate leads somewhere
createGate({ config });
