// Made by conformance/published-secrets.ts: fingerprints of 18 secrets that are published.
export const PUBLISHED_SECRETS =
  '11iz9n09r52 1f14xymejgc 1mu9qzzu0yf 1qrvgx4tjjd 1tar70rof4a 1wrzbfiw8sp 21o4dcp7kda 285s7d4rn7w 2exar0jyo13 bps6ffbkt8 j2shun8f99 k91t6zw9su l8zq6slnn1 nhjjog9u3z v4907edneq vcl3hvhsls wb6sqjnf7g wdbljw4ud5';
