/** Keeps paths out of a single sign-on, in the words of its product. Pure. */
import type { Login, LoginProduct } from "../views/login.ts";

/** `Authelia`, or what stands for a product that isn't known. */
export function loginName(login: Login): string {
  return login.product ?? "a single sign-on";
}

/** `prefix`: `/_matrix/`, or the whole path of the well-known file. */
export function exemptFromLogin({ product }: Login, host: string, prefix: string): string {
  const pattern = `^${prefix.replaceAll(".", "\\.")}`;
  switch (product) {
    case "Authelia":
      return `In Authelia's configuration.yml, put this above the other rules of access_control, and restart Authelia:\naccess_control:\n  rules:\n    - domain: '${host}'\n      resources: ['${pattern}']\n      policy: bypass`;
    case "authentik":
      return `In authentik, in the proxy provider of ${host} (Advanced protocol settings), add this line to "Unauthenticated Paths":\n${pattern}`;
    case "oauth2-proxy":
      return `In oauth2-proxy's configuration file, add this, and restart it:\nskip_auth_routes = ["${pattern}"]`;
    case "Cloudflare Access":
      return `In Cloudflare Zero Trust, add a self-hosted application for ${host} with the path ${prefix.replace(/^\//, "").replace(/\/$/, "")}, and give it a policy with the action "Bypass" for "Everyone". The longer path has priority.`;
    case "Google IAP":
      return `Google's Identity-Aware Proxy can't exempt a path of a backend service: in the load balancer's URL map, forward ${prefix} of ${host} to a separate backend service without IAP.`;
    case "YunoHost":
      return `In YunoHost's administration, give "visitors" the permission for the Matrix server's ${prefix}. An update of the app also sets it.`;
    case "Keycloak":
    case "Microsoft Entra":
    case "Okta":
    case "Auth0":
    case "Pomerium":
    case "Vouch Proxy":
    case null:
      return `Exempt every path under ${prefix} of ${host} from the login${product === null ? "" : ` with ${product as LoginProduct}`}, in the proxy that redirects to it.`;
  }
}
