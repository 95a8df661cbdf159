// The commands by their names: what each is for, and where its code is.
// Never loads one before it is asked for.
import type { Command } from './command.ts';

/** What a command may take beside its options. */
export const ARGUMENTS = {
  stdin: '- takes the secret from standard input',
  token: 'the token; without it, standard input',
  url: 'the URL of an API to probe; without it, the environment here',
  shell: 'bash, zsh or fish',
};

export interface Entry {
  readonly describe: string;
  /** The argument that it takes beside its options. */
  readonly argument?: keyof typeof ARGUMENTS;
  /** Commands load what they need when they run. */
  readonly load: () => Promise<Command>;
}

export const COMMANDS: { readonly [name: string]: Entry } = {
  secret: {
    describe: 'make a secret',
    load: async () => (await import('./commands/secret.ts')).secret,
  },
  token: {
    describe: 'make a token with the secret',
    argument: 'stdin',
    load: async () => (await import('./commands/token.ts')).token,
  },
  verify: {
    describe: 'check a token with the secret',
    argument: 'token',
    load: async () => (await import('./commands/verify.ts')).verify,
  },
  inspect: {
    describe: 'show what a token says, without checking it',
    argument: 'token',
    load: async () => (await import('./commands/inspect.ts')).inspect,
  },
  env: {
    describe: 'bring the secret to .env, Docker, Kubernetes, …',
    argument: 'stdin',
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
    argument: 'token',
    load: async () => (await import('./commands/revoke.ts')).revoke,
  },
  doctor: {
    describe: 'say what is wrong: here, with a token or a server',
    argument: 'url',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  completion: {
    describe: 'print what completes zepcli in a shell',
    argument: 'shell',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
};

/** Finds a command by its name; what every object has is none. */
export const findCommand = (name: string | undefined): Entry | undefined =>
  name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
