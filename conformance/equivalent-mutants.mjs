// Mutants that behave exactly like the code, each with its reason. `mutation.mjs` fails for an entry that a test kills.

/**
 * A mutant is identified by its file, Stryker's mutator, and both texts.
 *
 * @type {readonly { file: string, mutator: string, original: string, replacement: string, reason: string }[]}
 */
export const EQUIVALENT = [
  {
    file: 'core/bearer.ts',
    mutator: 'ConditionalExpression',
    original: "authorization.startsWith('Bearer ey')",
    replacement: 'false',
    reason: 'a short way to what the expression below it gives',
  },
  ...['exp', 'nbf', 'iat'].map((claim) => ({
    file: 'core/claims.ts',
    mutator: 'ConditionalExpression',
    original: `${claim} !== undefined`,
    replacement: 'true',
    reason: 'a comparison with undefined is false: only the types ask whether the claim is there',
  })),
  {
    file: 'core/claims.ts',
    mutator: 'ArrayDeclaration',
    original: '[]',
    replacement: '["Stryker was here"]',
    reason: 'an id that looks like one has no mistake to report',
  },
  {
    file: 'core/config.ts',
    mutator: 'ConditionalExpression',
    original: 'key === secret',
    replacement: 'false',
    reason: 'the same text judged twice gives each reason once',
  },
  ...[
    ['ArrayDeclaration', '[]', '["Stryker was here"]'],
    ['StringLiteral', "''", '"Stryker was here!"'],
  ].map(([mutator, original, replacement]) => ({
    file: 'core/env.ts',
    mutator,
    original,
    replacement,
    reason: 'no variable has the name that is ignored then',
  })),
  {
    file: 'core/env.ts',
    mutator: 'ConditionalExpression',
    original: 'text !== undefined',
    replacement: 'true',
    reason: 'a text that is undefined reads as one that is not there',
  },
  {
    file: 'core/revoked.ts',
    mutator: 'ConditionalExpression',
    original: 'id !== undefined',
    replacement: 'true',
    reason: 'undefined is not among the ids: only the types ask',
  },
  ...[
    ['Regex', '/^[{[]/', '/[{[]/', 'JSON that begins otherwise is in quotes or a number'],
    ['BlockStatement', '{\n    return false;\n  }', '{}', 'undefined counts as false'],
    [
      'ArithmeticOperator',
      'i - turns',
      'i + turns',
      'the steps are listed in both directions, and as many characters have none',
    ],
  ].map(([mutator, original, replacement, reason]) => ({
    file: 'core/judge-secret.ts',
    mutator,
    original,
    replacement,
    reason,
  })),
  {
    file: 'core/jws/native.ts',
    mutator: 'Regex',
    original: '/^[\\x00-\\x7f]*$/',
    replacement: '/^[\\x00-\\x7f]$/',
    reason: 'ASCII is a short way to what the decoder gives too',
  },
  {
    file: 'core/jws/compact.ts',
    mutator: 'EqualityOperator',
    original: 'i < text.length',
    replacement: 'i <= text.length',
    reason: 'one step more reads no character, and changes nothing',
  },
  {
    file: 'core/jws/compact.ts',
    mutator: 'ArrayDeclaration',
    original: '[]',
    replacement: '["Stryker was here"]',
    reason: 'a text has no header to compare with, and is the first to make room',
  },
  {
    file: 'core/sign.ts',
    mutator: 'ConditionalExpression',
    original: 'options.typ !== undefined || options.header !== undefined',
    replacement: 'true',
    reason: 'the prepared headers are a short way to the same two',
  },
  ...[
    ['ConditionalExpression', 'true'],
    ['EqualityOperator', 'publicPaths.size >= 0'],
  ].map(([mutator, replacement]) => ({
    file: 'server/request.ts',
    mutator,
    original: 'publicPaths.size > 0',
    replacement,
    reason: 'a short way to what an empty set gives too',
  })),
  {
    file: 'server/revocation/list.ts',
    mutator: 'AssignmentOperator',
    original: 'changes += 1',
    replacement: 'changes -= 1',
    reason: 'whether it has changed is all that is asked',
  },
];
