// Made by conformance/published-secrets.ts: fingerprints of 21 secrets that are published.
export const PUBLISHED_SECRETS =
  '11iz9n09r52 18ebrdopid2 1f14xymejgc 1nr57fhl73t 1o4bhcjxuky 1pvgvjbi9xt 1tar70rof4a 1wrzbfiw8sp 21o4dcp7kda 285s7d4rn7w 2exar0jyo13 bps6ffbkt8 fyoipynaoi j2shun8f99 k91t6zw9su l8zq6slnn1 q1ut6l91g5 v4907edneq vcl3hvhsls wb6sqjnf7g wdbljw4ud5';
