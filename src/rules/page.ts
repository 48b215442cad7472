/** A finding's page as `explain` and the documentation show it: the rule's own text, and what of its advice was never seen to work. */
import type { Rule } from "./rule.ts";

/** Proxies and services for which there is syntax in the fixes, and no end-to-end test that applies it. */
const NOT_PROVEN = ["Traefik", "Cloudflare", "LiteSpeed", "IIS", "Netlify", "Jekyll", "Authelia", "authentik", "oauth2-proxy"];

export function pageOf(rule: Pick<Rule, "explain">): string {
  const text = rule.explain.trim();
  const named = NOT_PROVEN.filter((product) => new RegExp(`\\b${product}\\b`).test(text));
  if (named.length === 0) return text;
  return `${text}\n\n**Not proven.** What this page says about ${named.join(", ")} was not tested with the real product. End-to-end tests apply the fixes for nginx, Caddy, Apache and HAProxy to the real servers.`;
}
