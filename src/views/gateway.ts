/** Gateways, load balancers, CDNs and hosts of static files, by their own words. What a fix can be said in is `proxy.ts`'s. Pure. */
import type { HttpFacts } from "../facts/facts.ts";

export type GatewayKind =
  /** Routes by host and path, as it is told. */
  | "gateway"
  /** Serves files, and can't hand requests on to a homeserver. */
  | "static";

export interface Gateway {
  product: string;
  kind: GatewayKind;
  /** What it means by this answer, as a clause; null when it says no more than its status. */
  means: string | null;
}

const NO_ROUTE = "it has no route for this host and path";
const NO_HOST = "it doesn't know this host";

/** Null when none of these made the answer or passed it on. */
export function gatewayOf(response: HttpFacts | null): Gateway | null {
  if (response === null || response.matrixError !== null) return null;
  const { status, headers, excerpt } = response;
  const server = (headers["server"] ?? "").toLowerCase();
  const via = (headers["via"] ?? "").toLowerCase();
  const has = (name: string): boolean => headers[name] !== undefined;
  const gateway = (product: string, means: string | null = null): Gateway => ({ product, kind: "gateway", means });
  const files = (product: string, means: string | null = null): Gateway => ({ product, kind: "static", means });

  if (server === "github.com") return files("GitHub Pages", /Site not found/i.test(excerpt) ? NO_HOST : null);
  if (server === "netlify" || has("x-nf-request-id")) return files("Netlify");
  if (server === "vercel" || has("x-vercel-id"))
    return files("Vercel", /DEPLOYMENT_NOT_FOUND/.test(`${headers["x-vercel-error"] ?? ""} ${excerpt}`) ? NO_HOST : null);

  // Envoy's own answers have no body but these words; what it passes on has the time that the service took.
  if (/^(istio-)?envoy$/.test(server)) {
    const product = server === "envoy" ? "Envoy" : "Istio's Envoy";
    if (has("x-envoy-upstream-service-time")) return null;
    if (status === 404 && excerpt.trim() === "") return gateway(product, NO_ROUTE);
    if (status === 503 && /no healthy upstream/i.test(excerpt)) return gateway(product, "no homeserver behind the route is healthy");
    if (/upstream connect error/i.test(excerpt)) return gateway(product, "it can't connect to the homeserver behind the route");
    if (status === 403 && /RBAC: access denied/i.test(excerpt))
      return gateway(product, "an authorization policy (RBAC) refuses the request");
    return gateway(product);
  }
  if (/^kong\b/.test(server) || /no Route matched with those values/i.test(excerpt))
    return gateway("Kong", /no Route matched/i.test(excerpt) ? NO_ROUTE : null);
  if (/^awselb\//.test(server)) return gateway("AWS's load balancer (ALB)", status === 404 ? NO_ROUTE : null);
  if (has("x-amz-apigw-id") || (has("x-amzn-requestid") && /^\{"message":/.test(excerpt)))
    return gateway("AWS API Gateway", /Missing Authentication Token|"Not Found"/.test(excerpt) ? NO_ROUTE : null);
  if (/cloudfront/.test(`${server} ${via}`))
    return gateway("CloudFront", /request could not be satisfied/i.test(excerpt) && status === 403 ? NO_HOST : null);
  if (has("x-azure-ref")) return gateway("Azure Front Door", status === 404 || status === 400 ? NO_HOST : null);
  if (/microsoft-azure-application-gateway/.test(server)) return gateway("Azure Application Gateway");
  if (/^akamaighost|^akamainetstorage/.test(server))
    return gateway("Akamai", status === 400 ? NO_HOST : status === 403 ? "a rule refuses the request" : null);
  if (/Fastly error: unknown domain/i.test(excerpt)) return gateway("Fastly", NO_HOST);
  if (/^cache-/.test(headers["x-served-by"] ?? "")) return gateway("Fastly");
  if (has("x-varnish") || /\bvarnish\b/.test(`${server} ${via}`) || /Varnish cache server/i.test(excerpt))
    return gateway("Varnish", /Backend fetch failed/i.test(excerpt) ? "it can't fetch from the server behind it" : null);
  if (server === "google frontend" || /\b1\.1 google\b/.test(via)) return gateway("Google's load balancer");
  return null;
}
