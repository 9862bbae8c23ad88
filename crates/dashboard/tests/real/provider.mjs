// node-oidc-provider over https: whoever logs in by a name is that name, with the groups and the mail of it.
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { createRequire } from "node:module";

const { modules, key, cert, port, redirect, alg, auth } = JSON.parse(process.argv[2]);
const { default: Provider } = await import(createRequire(modules + "/").resolve("oidc-provider"));

const jwk = (kind, options, more) => ({
  ...generateKeyPairSync(kind, options).privateKey.export({ format: "jwk" }), use: "sig", ...more,
});
const keys = [
  jwk("rsa", { modulusLength: 2048 }, { kid: "r" }),
  jwk("ec", { namedCurve: "P-256" }, { kid: "e" }),
  jwk("ed25519", {}, { kid: "o" }),
];
const provider = new Provider(`https://localhost:${port}`, {
  clients: [{
    client_id: "midwatch", client_secret: "s%cret:with/odd+letters", redirect_uris: [redirect], grant_types: ["authorization_code"],
    response_types: ["code"], id_token_signed_response_alg: alg, token_endpoint_auth_method: auth,
  }],
  jwks: { keys },
  enabledJWA: { idTokenSigningAlgValues: ["RS256", "PS256", "ES256", "EdDSA", "HS256"] },
  cookies: { keys: ["only for this test"] },
  pkce: { required: () => true, methods: ["S256"] },
  claims: { openid: ["sub"], email: ["email", "email_verified"], groups: ["groups"] },
  scopes: ["openid", "email", "groups"],
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@example.org`, email_verified: id !== "mallory", groups: id === "bob" ? ["staff"] : [] }),
  }),
});
createServer({ key: readFileSync(key), cert: readFileSync(cert) }, provider.callback()).listen(port, "127.0.0.1", () => {
  console.log("ready");
});
