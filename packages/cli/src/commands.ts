// The commands by their names: what each is for, and where its code is. Each is loaded when it is asked for.
import type { CommandTable } from './command.ts';

export const COMMANDS: CommandTable = {
  secret: {
    describe: 'make a secret',
    load: async () => (await import('./commands/secret.ts')).secret,
  },
  token: {
    describe: 'make a token with the secret',
    load: async () => (await import('./commands/token.ts')).token,
  },
  verify: {
    describe: 'check a token with the secret',
    load: async () => (await import('./commands/verify.ts')).verify,
  },
  inspect: {
    describe: 'show what a token says, without checking it',
    load: async () => (await import('./commands/inspect.ts')).inspect,
  },
  env: {
    describe: 'format the secret for .env, Docker, Kubernetes and others',
    load: async () => (await import('./commands/env.ts')).env,
  },
  serve: {
    describe: 'guard an API: only requests with a good token reach it',
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  rotate: {
    describe: 'change the secret in a .env file without an outage',
    load: async () => (await import('./commands/rotate.ts')).rotate,
  },
  revoke: {
    describe: 'revoke a token',
    load: async () => (await import('./commands/revoke.ts')).revoke,
  },
  doctor: {
    describe: 'find out what is wrong with a setup, a token or a server',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  completion: {
    describe: 'print a shell completion script',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
};
