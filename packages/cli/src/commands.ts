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
    describe: 'bring the secret to .env, Docker, Kubernetes, …',
    load: async () => (await import('./commands/env.ts')).env,
  },
  serve: {
    describe: 'let only good tokens through to an API',
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  rotate: {
    describe: 'change the secret in an env file, and make a token',
    load: async () => (await import('./commands/rotate.ts')).rotate,
  },
  revoke: {
    describe: 'revoke a token',
    load: async () => (await import('./commands/revoke.ts')).revoke,
  },
  doctor: {
    describe: 'say what is wrong: here, with a token or a server',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  completion: {
    describe: 'print a shell completion script',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
};
