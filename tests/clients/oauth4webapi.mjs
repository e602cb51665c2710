// A relying party on oauth4webapi, through discovery alone. Reads its settings as JSON from the
// first argument, writes the authorization URL as one line, reads the callback URL as one line,
// and writes what it got as JSON. With `client_jwk` it signs assertions; with `dpop` it binds its
// tokens to a key, and repeats a call that wants a nonce.
import { createInterface } from 'node:readline/promises';
import * as oauth from 'oauth4webapi';

const settings = JSON.parse(process.argv[2]);
const insecure = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(settings.issuer);
const as = await oauth
  .discoveryRequest(issuer, { ...insecure, algorithm: settings.algorithm })
  .then((response) => oauth.processDiscoveryResponse(issuer, response));
const client = { client_id: settings.client_id };
const authentication = await authenticationOf(settings);
const handle = settings.dpop && oauth.DPoP(client, await oauth.generateKeyPair(settings.dpop));
const options = { ...insecure, ...(handle && { DPoP: handle }) };
let nonces = 0;

const code_verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
const nonce = oauth.generateRandomNonce();
const url = new URL(as.authorization_endpoint);
for (const [name, value] of Object.entries({
  client_id: settings.client_id,
  redirect_uri: settings.redirect_uri,
  response_type: 'code',
  scope: settings.scope,
  code_challenge: await oauth.calculatePKCECodeChallenge(code_verifier),
  code_challenge_method: 'S256',
  state,
  nonce,
  ...(handle && { dpop_jkt: await handle.calculateThumbprint() }),
})) {
  url.searchParams.set(name, value);
}
console.log(url.href);

const input = createInterface({ input: process.stdin });
const callback = new URL((await input[Symbol.asyncIterator]().next()).value);
input.close();
const parameters = oauth.validateAuthResponse(as, client, callback, state);

const tokens = await withNonce(async () =>
  oauth.processAuthorizationCodeResponse(
    as,
    client,
    await oauth.authorizationCodeGrantRequest(
      as, client, authentication, parameters, settings.redirect_uri, code_verifier, options,
    ),
    { expectedNonce: nonce, requireIdToken: true },
  ),
);
const claims = oauth.getValidatedIdTokenClaims(tokens);
const userinfo = await whoIs(tokens.access_token);
const refreshed = await withNonce(async () =>
  oauth.processRefreshTokenResponse(
    as,
    client,
    await oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token, options),
  ),
);
const again = await whoIs(refreshed.access_token);
const before = await introspect(refreshed.access_token);
await oauth.processRevocationResponse(
  await oauth.revocationRequest(as, client, authentication, refreshed.refresh_token, insecure),
);
const after = await introspect(refreshed.access_token);
const types = [tokens.token_type, refreshed.token_type];
const jkt = handle ? await handle.calculateThumbprint() : '';
console.log(JSON.stringify({ claims, userinfo, again, before, after, types, jkt, nonces }));

async function authenticationOf({ client_secret, client_jwk, client_alg }) {
  if (!client_jwk) return client_secret ? oauth.ClientSecretBasic(client_secret) : oauth.None();
  const algorithm = {
    ES256: { name: 'ECDSA', namedCurve: 'P-256' },
    RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
  }[client_alg];
  const key = await crypto.subtle.importKey('jwk', client_jwk, algorithm, false, ['sign']);
  return oauth.PrivateKeyJwt({ key, kid: settings.client_kid });
}

async function withNonce(call) {
  try {
    return await call();
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error;
    nonces += 1;
    return call();
  }
}

async function whoIs(token) {
  return withNonce(async () =>
    oauth.processUserInfoResponse(
      as, client, claims.sub, await oauth.userInfoRequest(as, client, token, options),
    ),
  );
}

async function introspect(token) {
  if (!as.introspection_endpoint) return null;
  return oauth.processIntrospectionResponse(
    as,
    client,
    await oauth.introspectionRequest(as, client, authentication, token, insecure),
  );
}
