/** What is to be done at gateways, CDNs and hosts of static files, which have no syntax of their own in the other fixes. Pure. */
import type { Facts } from "../facts/facts.ts";
import type { Gateway } from "../views/gateway.ts";
import { foundPlace } from "../views/remaining-route.ts";
import type { Site } from "./federation.ts";
import { publishAdvice } from "./well-known.ts";

/** After a sentence: ` Kong says so itself: it has no route …`. Empty where it isn't known. */
export function gatewaySays(gateway: Gateway | null): string {
  if (gateway === null) return "";
  return ` The answer is ${gateway.product}'s${gateway.means === null ? "" : `: ${gateway.means}`}.`;
}

/** How /_matrix gets to the homeserver; null where the general advice says it all. */
export function routeThrough(facts: Facts, { product, kind }: Gateway, { host, port }: Site): string | null {
  if (kind === "static")
    return `${product} serves files and can't forward /_matrix to a homeserver: homeservers must connect to another host. ${publishAdvice(facts.serverName, foundPlace(facts), null)}`;
  if (product.endsWith("Envoy"))
    return [
      `With the Gateway API (Envoy Gateway, Istio), make the HTTPRoute for ${host} forward /_matrix (replace synapse and 8008 with the homeserver's service and port):`,
      "spec:",
      "  hostnames:",
      `    - ${host}`,
      "  rules:",
      "    - matches:",
      "        - path:",
      "            type: PathPrefix",
      "            value: /_matrix",
      "      backendRefs:",
      "        - name: synapse",
      "          port: 8008",
      "",
      `In Envoy's own configuration, the virtual host must have both names in its domains, because homeservers send the port:`,
      `domains: ["${host}", "${host}:${port}"]`,
    ].join("\n");
  return `In ${product}, add a route to the homeserver for ${host} and every path under /_matrix. If host names are compared with the port, add the route for "${host}:${port}" too. Don't decode the path, and don't change the Host.`;
}

/** What a host of static files needs besides the file itself. */
export function staticHostNote(gateway: Gateway | null): string | null {
  switch (gateway?.product) {
    case "GitHub Pages":
      return "GitHub Pages leaves out directories that begin with a dot, unless this file is there; in the branch that is published:\ntouch .nojekyll";
    case "Netlify":
      return 'On Netlify, the file must be in the publish directory, and netlify.toml must name its type:\n[[headers]]\nfor = "/.well-known/matrix/server"\n[headers.values]\nContent-Type = "application/json"';
    default:
      return null;
  }
}
