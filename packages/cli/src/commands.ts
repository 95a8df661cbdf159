// The commands by their names: what each is for, and where its code is. Each is loaded when it is asked for.
import type { CommandTable } from './command.ts';

export const COMMANDS: CommandTable = {
  secret: { describe: 'make a secret', load: () => import('./commands/secret.ts') },
  token: { describe: 'make a token with the secret', load: () => import('./commands/token.ts') },
  verify: { describe: 'check a token with the secret', load: () => import('./commands/verify.ts') },
  inspect: {
    describe: 'show what a token says, without checking it',
    load: () => import('./commands/inspect.ts'),
  },
  env: {
    describe: 'format the secret for .env, Docker, Kubernetes and others',
    load: () => import('./commands/env.ts'),
  },
  serve: {
    describe: 'guard an API: only requests with a good token reach it',
    load: () => import('./commands/serve.ts'),
  },
  rotate: {
    describe: 'change the secret in a .env file without an outage',
    load: () => import('./commands/rotate.ts'),
  },
  revoke: { describe: 'revoke a token', load: () => import('./commands/revoke.ts') },
  doctor: {
    describe: 'find out what is wrong with a setup, a token or a server',
    load: () => import('./commands/doctor.ts'),
  },
  completion: {
    describe: 'print a shell completion script',
    load: () => import('./commands/completion.ts'),
  },
};
