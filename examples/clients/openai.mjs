// OpenAI's SDK, for an API that speaks its protocol. No OpenAI key from the environment is sent to your API.
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
  apiKey: 'unused', // the SDK requires one
  defaultHeaders: { Authorization: null }, // removes the SDK's header, because authFetch keeps an existing one
});

export const call = async () => {
  const messages = [{ role: 'user', content: 'Who am I?' }];
  const { choices } = await api.chat.completions.create({ model: 'any', messages });
  return choices[0].message.content;
};
