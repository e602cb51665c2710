// A relying party on openid-client, through discovery alone. Reads its settings as JSON from the
// first argument, writes the authorization URL as one line, reads the callback URL as one line,
// and writes what it got as JSON.
import { createInterface } from 'node:readline/promises';
import * as client from 'openid-client';

const settings = JSON.parse(process.argv[2]);
const methods = {
  client_secret_basic: () => client.ClientSecretBasic(settings.client_secret),
  client_secret_post: () => client.ClientSecretPost(settings.client_secret),
  none: () => client.None(),
};
const config = await client.discovery(
  new URL(settings.issuer),
  settings.client_id,
  { id_token_signed_response_alg: settings.alg },
  methods[settings.auth_method](),
  { execute: [client.allowInsecureRequests], algorithm: settings.algorithm },
);

const code_verifier = client.randomPKCECodeVerifier();
const state = client.randomState();
const nonce = client.randomNonce();
const url = client.buildAuthorizationUrl(config, {
  redirect_uri: settings.redirect_uri,
  scope: settings.scope,
  code_challenge: await client.calculatePKCECodeChallenge(code_verifier),
  code_challenge_method: 'S256',
  state,
  nonce,
});
console.log(url.href);

const input = createInterface({ input: process.stdin });
const callback = (await input[Symbol.asyncIterator]().next()).value;
input.close();
const tokens = await client.authorizationCodeGrant(config, new URL(callback), {
  pkceCodeVerifier: code_verifier,
  expectedState: state,
  expectedNonce: nonce,
  idTokenExpected: true,
});
const claims = tokens.claims();
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
const got = { claims, userinfo, scope: tokens.scope, type: tokens.token_type };
if (settings.refresh) Object.assign(got, await refreshAndRevoke(tokens));
console.log(JSON.stringify(got));

async function refreshAndRevoke({ refresh_token }) {
  const second = await client.refreshTokenGrant(config, refresh_token);
  const narrow = await client.refreshTokenGrant(config, second.refresh_token, { scope: 'openid' });
  const refreshed = await client.fetchUserInfo(config, second.access_token, claims.sub);
  const ask = (token) =>
    config.serverMetadata().introspection_endpoint && client.tokenIntrospection(config, token);
  const before = await ask(narrow.access_token);
  await client.tokenRevocation(config, narrow.refresh_token);
  const after = await ask(narrow.access_token);
  const refused = await client
    .refreshTokenGrant(config, narrow.refresh_token)
    .then(() => '', ({ error }) => error);
  const scopes = [second.scope, narrow.scope];
  return { second: second.claims(), scopes, refreshed, before, after, refused };
}
