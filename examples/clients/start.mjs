// Runs one of the clients: `npm start ky`.
import { createAuthFetch, tokenFromEnv } from '@zep-auth/sdk-auth';

const [name] = process.argv.slice(2);
const { connect, call, options } = await import(`./${name}.mjs`);

const url = process.env.ZEP_API_URL;
const token = tokenFromEnv(process.env); // ZEP_API_KEY
const authFetch = createAuthFetch({ token, origins: [new URL(url).origin], ...options });

console.log(await call(await connect(url, authFetch, token)));
