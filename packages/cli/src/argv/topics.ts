// Pages of `zepcli help` that are not about one command.

const EXIT_CODES = `Exit codes:
  0  done
  1  the answer is no: a refused token, a check of the doctor that failed
  2  the command line is wrong, or a secret that it needs is missing
  3  it could not be done: configuration, file, store, network, output

With --json an error is {"error":{"code","message","hint"}} on standard output.
\`zepcli help ERR_TOKEN_EXPIRED\` explains a code.`;

const ENVIRONMENT = `Variables of a server:
  ZEP_AUTH_SECRET                    the secret, or ZEP_AUTH_SECRET_FILE
  ZEP_AUTH_SECRET_PREVIOUS           older secrets still accepted, or ..._FILE
  ZEP_AUTH_SECRET_ENCODING           utf8 (default), base64, base64url, hex
  ZEP_AUTH_ALLOW_WEAK_SECRET         allow a short secret, with a warning
  ZEP_AUTH_REQUIRED                  false switches authentication off
  ZEP_AUTH_ISSUER, ZEP_AUTH_AUDIENCE, ZEP_AUTH_CLOCK_TOLERANCE_SECONDS,
  ZEP_AUTH_MAX_TOKEN_AGE_SECONDS, ZEP_AUTH_REQUIRE_EXPIRY, ZEP_AUTH_REVOKED
                                     what a token must be
  ZEP_AUTH_STORE_URL                 where revocations are kept
  ZEP_AUTH_IGNORE_VARIABLES          names that are not ours

Variables of a client:
  ZEP_API_KEY, ZEP_API_URL           the token, and the API that it is for

Variables of zepcli:
  NO_COLOR, FORCE_COLOR              no colours, or colours everywhere
  ZEPCLI_DEBUG=1                     where an unexpected error was thrown

Files of variables are read with --dotenv FILE; the environment wins.
\`zepcli help ERR_CONFIG_INVALID\` says what to do about a wrong one.`;

export const TOPICS: { readonly [name: string]: string } = {
  'exit-codes': EXIT_CODES,
  environment: ENVIRONMENT,
};
