/** Is this answer the way to a login, and whose? Pure. */
import type { HttpFacts } from "../facts/facts.ts";

export type LoginProduct =
  | "Authelia"
  | "authentik"
  | "oauth2-proxy"
  | "Cloudflare Access"
  | "Keycloak"
  | "Google IAP"
  | "YunoHost"
  | "Microsoft Entra"
  | "Okta"
  | "Auth0"
  | "Pomerium"
  | "Vouch Proxy";

export interface Login {
  /** Null: single sign-on by its looks, of whichever product. */
  product: LoginProduct | null;
}

interface Signs {
  product: LoginProduct;
  /** In the Location, as host and path with query. */
  location?: RegExp;
  /** In the first bytes of the page. */
  page?: RegExp;
  cookie?: RegExp;
  header?: string;
}

/** In this order: some stand before others. */
const SIGNS: readonly Signs[] = [
  {
    product: "Cloudflare Access",
    location: /\.cloudflareaccess\.com\/|\/cdn-cgi\/access\/login/i,
    cookie: /\bCF_AppSession=/,
    page: /cloudflareaccess\.com/i,
  },
  { product: "Google IAP", header: "x-goog-iap-generated-response", page: /Invalid IAP credentials/ },
  {
    product: "oauth2-proxy",
    location: /\/oauth2\/(?:start|sign_in)\b/i,
    cookie: /\b_oauth2_proxy(?:_csrf)?[\w-]*=/,
    page: /oauth2[- ]proxy/i,
  },
  {
    product: "authentik",
    location: /\/outpost\.goauthentik\.io\/|\/if\/flow\//i,
    cookie: /\bauthentik_(?:proxy_|session)/,
    page: /goauthentik|<title>[^<]{0,60}authentik/i,
  },
  {
    product: "Authelia",
    page: /\bauthelia\b|<a href="https:\/\/[^"]{1,200}[?&](?:amp;)?rd=https?/i,
    location: /^https:\/\/[^?]{1,200}\?(?:[^#]*&)?rd=https?(?:%3A|:)/i,
    cookie: /\bauthelia_session=/,
  },
  {
    product: "Keycloak",
    location: /\/realms\/[^/?]+\/protocol\/(?:openid-connect|saml)/i,
    page: /\bkeycloak\b/i,
    cookie: /\b(?:KC_RESTART|AUTH_SESSION_ID)=/,
  },
  { product: "YunoHost", location: /\/yunohost\/sso\b/i, page: /\byunohost\b/i },
  { product: "Microsoft Entra", location: /^https:\/\/login\.(?:microsoftonline\.com|microsoft\.com|windows\.net)\//i },
  { product: "Okta", location: /^https:\/\/[^/]+\.okta(?:preview)?\.com\//i },
  { product: "Auth0", location: /^https:\/\/[^/]+\.auth0\.com\/authorize/i },
  { product: "Pomerium", location: /\/\.pomerium\//i, page: /\bpomerium\b/i },
  { product: "Vouch Proxy", location: /\/login\?(?:[^#]*&)?(?:vouch-failcount|url=https?(?:%3A|:))/i, cookie: /\bVouchCookie=/ },
];

/** OpenID Connect, SAML and CAS have their own words, whoever speaks them. */
const PROTOCOL = /[?&](?:response_type=|client_id=|SAMLRequest=)|\/cas\/login\?|\/adfs\/ls\b/i;
/** Where people log in: a host or a path that says so. */
const PLACE =
  /^https?:\/\/(?:auth|login|sso|accounts|idp|id|signin)\.|\/(?:login|log-in|signin|sign-in|sign_in|sso|saml2?|oauth2?|oidc|authorize)(?:[/?#.]|$)/i;

/** Null when nobody is asked to log in. A challenge that any browser passes is another view's. */
export function loginOf(response: HttpFacts | null): Login | null {
  if (response === null || response.matrixError !== null) return null;
  const { status, headers, excerpt } = response;
  const location = status >= 300 && status <= 399 ? (headers["location"] ?? "") : "";
  const cookies = headers["set-cookie"] ?? "";
  const isRefused = status === 401 || status === 403;
  const isPage = isRefused || (status === 200 && /^\s*</.test(excerpt));
  const found = SIGNS.find(
    ({ location: inLocation, page, cookie, header }) =>
      (header !== undefined && headers[header] !== undefined) ||
      (location !== "" && inLocation?.test(location) === true) ||
      (isPage && page?.test(excerpt) === true) ||
      ((location !== "" || isRefused) && cookie?.test(cookies) === true),
  );
  if (found !== undefined) return { product: found.product };
  if (location !== "") return PROTOCOL.test(location) || PLACE.test(location) ? { product: null } : null;
  return isPage && /<title>[^<]{0,40}\b(?:sign|log)[ -]?in\b|single sign-on/i.test(excerpt) ? { product: null } : null;
}

/** The login to which a URL leads: that of a redirect that was followed to its page. */
export function loginAt(url: string): Login | null {
  return loginOf({ status: 302, headers: { location: url }, bodyBytes: 0, truncated: false, excerpt: "", matrixError: null });
}
