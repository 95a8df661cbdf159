// The token with the SDK of OpenAI, for an API that speaks its protocol.
// Never goes to another origin than that of ZEP_API_URL, and no OpenAI key of the environment goes to your API.
import { createAuthFetch, tokenFromEnv } from '@zep-auth/sdk-auth';
import OpenAI from 'openai';

const url = process.env.ZEP_API_URL;
const authFetch = createAuthFetch({
  token: tokenFromEnv(process.env),
  origins: [new URL(url).origin],
});

export const api = new OpenAI({
  baseURL: new URL('/v1', url).href,
  fetch: authFetch,
  apiKey: 'unused', // it does not start without one
  defaultHeaders: { Authorization: null }, // takes out its own, for authFetch leaves one that is there
});

export const call = async () => {
  const messages = [{ role: 'user', content: 'Who am I?' }];
  const { choices } = await api.chat.completions.create({ model: 'any', messages });
  return choices[0].message.content;
};
