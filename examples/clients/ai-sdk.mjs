// Vercel's AI SDK, for an API that speaks OpenAI's protocol.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText } from 'ai';

export const options = { authorization: 'replace' };

export const connect = (url, authFetch) =>
  createOpenAICompatible({
    name: 'api',
    baseURL: new URL('/v1', url).href,
    fetch: authFetch,
    apiKey: 'unused',
  });

export const call = async (api, signal) => {
  const request = { model: api('any'), prompt: 'Who am I?', abortSignal: signal };
  return (await generateText(request)).text;
};
