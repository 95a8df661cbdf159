// The guard of @zep-auth/server as an Express middleware.
import { readFile } from 'node:fs/promises';
import { loadAuthConfig } from '@zep-auth/core';
import { nodeGuard } from '@zep-auth/server/node';

export const bearer = nodeGuard({
  config: await loadAuthConfig(process.env, { readFile }),
  onResult: ({ outcome, code }) => {
    if (outcome === 'refused') console.warn(`refused: ${code}`); // only the operator sees why
  },
});
