// Made by conformance/published-secrets.ts: fingerprints of 32 secrets that are published.
export const PUBLISHED_SECRETS =
  '11iz9n09r52 18ebrdopid2 1f14xymejgc 1l52kkd5isy 1modoc3h1q4 1nr57fhl73t 1o4bhcjxuky 1pa40pd4l5m 1pvgvjbi9xt 1qrvgx4tjjd 1tar70rof4a 1wrzbfiw8sp 21o4dcp7kda 25wgh7ygn02 285s7d4rn7w 2ac287p6wz1 2exar0jyo13 2fwynbxelal bps6ffbkt8 ebnfrmk9ds fyoipynaoi j2shun8f99 k91t6zw9su l8zq6slnn1 mrq6gfg70z nhjjog9u3z ovk7g2nbbd q1ut6l91g5 v4907edneq vcl3hvhsls wb6sqjnf7g wdbljw4ud5';
