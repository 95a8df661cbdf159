// LangChain, for an API that speaks OpenAI's protocol.
import { ChatOpenAI } from '@langchain/openai';

export const options = { authorization: 'replace' };

export const connect = (url, authFetch) =>
  new ChatOpenAI({
    model: 'any',
    apiKey: 'unused',
    maxRetries: 1, // by default it retries 6 times, for up to two minutes
    configuration: { baseURL: new URL('/v1', url).href, fetch: authFetch },
  });

export const call = async (api, signal) => (await api.invoke('Who am I?', { signal })).content;
