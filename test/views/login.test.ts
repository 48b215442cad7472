/** Ways to a login, by the words of each product, and what only looks like one. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { HttpFacts } from "../../src/facts/facts.ts";
import { loginAt, loginOf } from "../../src/views/login.ts";

const answer = (status: number, headers: Record<string, string>, excerpt = ""): HttpFacts => ({
  status,
  headers,
  bodyBytes: excerpt.length,
  truncated: false,
  excerpt,
  matrixError: null,
});
const to = (location: string, cookie?: string): HttpFacts =>
  answer(302, { location, ...(cookie === undefined ? {} : { "set-cookie": cookie }) });

const LOGINS: [string, HttpFacts, string | null][] = [
  [
    "Authelia's redirect",
    to("https://auth.example.org/?rd=https%3A%2F%2Fmatrix.example.org%2F_matrix%2Fkey%2Fv2%2Fserver&rm=GET"),
    "Authelia",
  ],
  [
    "Authelia's 401",
    answer(401, {}, '<a href="https://auth.example.org/?rd=https%3A%2F%2Fmatrix.example.org%2F&amp;rm=GET">401 Unauthorized</a>'),
    "Authelia",
  ],
  [
    "Authelia's page",
    answer(200, {}, '<!DOCTYPE html><html><head><title>Login - Authelia</title></head><body data-basepath="" class="authelia">'),
    "Authelia",
  ],
  [
    "authentik's outpost",
    to("https://matrix.example.org/outpost.goauthentik.io/start?rd=https%3A%2F%2Fmatrix.example.org%2F"),
    "authentik",
  ],
  ["authentik's flow", to("https://id.example.org/if/flow/default-authentication-flow/?next=%2F"), "authentik"],
  ["oauth2-proxy's start", to("https://matrix.example.org/oauth2/start?rd=%2F_matrix"), "oauth2-proxy"],
  ["oauth2-proxy's cookie", to("https://github.com/login/oauth/authorize?client_id=1", "_oauth2_proxy_csrf=abc; Path=/"), "oauth2-proxy"],
  [
    "oauth2-proxy's page",
    answer(403, {}, "<html><title>Sign In</title><footer>Secured with OAuth2 Proxy version 7</footer>"),
    "oauth2-proxy",
  ],
  ["Cloudflare Access", to("https://team.cloudflareaccess.com/cdn-cgi/access/login/matrix.example.org?kid=1"), "Cloudflare Access"],
  ["Keycloak", to("https://id.example.org/realms/main/protocol/openid-connect/auth?response_type=code&client_id=x"), "Keycloak"],
  [
    "Google IAP's redirect",
    answer(302, { location: "https://accounts.google.com/o/oauth2/v2/auth?client_id=1", "x-goog-iap-generated-response": "true" }),
    "Google IAP",
  ],
  ["Google IAP's 401", answer(401, { "x-goog-iap-generated-response": "true" }, "Invalid IAP credentials: empty token"), "Google IAP"],
  ["YunoHost", to("https://example.org/yunohost/sso/?r=aHR0cHM6Ly9leGFtcGxlLm9yZy8="), "YunoHost"],
  ["Microsoft Entra", to("https://login.microsoftonline.com/tenant/oauth2/v2.0/authorize?client_id=1"), "Microsoft Entra"],
  ["Okta", to("https://acme.okta.com/app/acme/1/sso/saml?SAMLRequest=1"), "Okta"],
  ["Auth0", to("https://acme.eu.auth0.com/authorize?client_id=1"), "Auth0"],
  ["Pomerium", to("https://authenticate.example.org/.pomerium/sign_in?pomerium_expiry=1"), "Pomerium"],
  ["Vouch", to("https://vouch.example.org/login?url=https%3A%2F%2Fmatrix.example.org&vouch-failcount=1"), "Vouch Proxy"],
  ["SAML of somebody", to("https://gate.example.org/idp/start?SAMLRequest=fZ"), null],
  ["a host that says so", to("https://sso.example.org/?next=x"), null],
  ["a path that says so", to("https://example.org/login"), null],
  ["a page that says so", answer(200, {}, "<!doctype html><title>Please sign in</title>"), null],
];
const OTHERS: [string, HttpFacts][] = [
  ["a start page", to("https://www.example.org/")],
  ["a path with these letters in a word", to("https://example.org/blogin/authors")],
  [
    "a homeserver's own refusal",
    { ...answer(401, {}), matrixError: { errcode: "M_UNAUTHORIZED", error: "Missing Authorization headers" } },
  ],
  ["a start page that has a link to a login", answer(200, {}, '<!doctype html><title>Shop</title><a href="/login">Log in</a>')],
  ["a cookie of a session, with the page itself", answer(200, { "set-cookie": "authelia_session=1" }, "{}")],
  ["403 by a rule", answer(403, { server: "nginx" }, "<html><title>403 Forbidden</title>")],
  ["basic authentication", answer(401, { "www-authenticate": 'Basic realm="x"' }, "<html><title>401 Authorization Required</title>")],
];

describe("loginOf", () => {
  for (const [what, response, product] of LOGINS) test(what, () => assert.deepEqual(loginOf(response), { product }));
  for (const [what, response] of OTHERS) test(`not: ${what}`, () => assert.equal(loginOf(response), null));
  test("by the URL alone", () => assert.deepEqual(loginAt("https://auth.example.org/?rd=https://example.org/"), { product: "Authelia" }));
});
