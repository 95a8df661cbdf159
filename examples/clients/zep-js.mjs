// The token with Zep's own client, @getzep/zep-js 0.x: the token is its API key.
// Never checks the address: the token goes where ZEP_API_URL says, so that has to be right.
import { ZepClient } from '@getzep/zep-js';
import { tokenFromEnv } from '@zep-auth/sdk-auth';

const url = process.env.ZEP_API_URL;
const token = tokenFromEnv(process.env);

export const call = async (userId = 'alice') => {
  const client = await ZepClient.init(url, token);
  return client.user.get(userId);
};
