/** Gateways, CDNs and hosts of static files by their own words; behind them, and beside them, nobody is named. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gatewayOf } from "../../src/views/gateway.ts";
import type { HttpFacts } from "../../src/facts/facts.ts";

const answer = (status: number, headers: Record<string, string>, excerpt = ""): HttpFacts => ({
  status,
  headers,
  bodyBytes: excerpt.length,
  truncated: false,
  excerpt,
  matrixError: null,
});

const KNOWN: [string, HttpFacts, "gateway" | "static", RegExp | null][] = [
  ["Envoy", answer(404, { server: "envoy" }), "gateway", /no route/],
  ["Istio's Envoy", answer(404, { server: "istio-envoy" }), "gateway", /no route/],
  ["Envoy", answer(503, { server: "envoy" }, "no healthy upstream"), "gateway", /healthy/],
  ["Envoy", answer(503, { server: "envoy" }, "upstream connect error or disconnect/reset before headers"), "gateway", /can't connect/],
  ["Istio's Envoy", answer(403, { server: "istio-envoy" }, "RBAC: access denied"), "gateway", /RBAC/],
  ["Kong", answer(404, { server: "kong/3.4.0" }, '{"message":"no Route matched with those values"}'), "gateway", /no route/],
  ["AWS's load balancer (ALB)", answer(404, { server: "awselb/2.0" }), "gateway", /no route/],
  ["AWS API Gateway", answer(403, { "x-amzn-requestid": "1" }, '{"message":"Missing Authentication Token"}'), "gateway", /no route/],
  [
    "CloudFront",
    answer(403, { server: "CloudFront", via: "1.1 x.cloudfront.net (CloudFront)" }, "The request could not be satisfied."),
    "gateway",
    /host/,
  ],
  ["Azure Front Door", answer(404, { "x-azure-ref": "1" }), "gateway", /host/],
  ["Azure Application Gateway", answer(502, { server: "Microsoft-Azure-Application-Gateway/v2" }), "gateway", null],
  ["Akamai", answer(400, { server: "AkamaiGHost" }, "<TITLE>Invalid URL</TITLE>"), "gateway", /host/],
  ["Fastly", answer(500, { via: "1.1 varnish" }, "Fastly error: unknown domain: matrix.example.org."), "gateway", /host/],
  [
    "Varnish",
    answer(503, { "x-varnish": "1", via: "1.1 varnish (Varnish/7.0)" }, "Error 503 Backend fetch failed"),
    "gateway",
    /can't fetch/,
  ],
  ["GitHub Pages", answer(404, { server: "GitHub.com" }, "<title>Site not found &middot; GitHub Pages</title>"), "static", /host/],
  ["Netlify", answer(404, { server: "Netlify" }, "Not Found - Request ID: 1"), "static", null],
  ["Vercel", answer(404, { server: "Vercel", "x-vercel-error": "NOT_FOUND" }), "static", null],
];
const OTHERS: [string, HttpFacts][] = [
  ["a homeserver behind Envoy", answer(404, { server: "envoy", "x-envoy-upstream-service-time": "3" }, "<html>")],
  ["nginx", answer(404, { server: "nginx" }, "<center>nginx</center>")],
  ["a homeserver's own error", { ...answer(404, { server: "envoy" }), matrixError: { errcode: "M_UNRECOGNIZED", error: "" } }],
  ["a page about Kong", answer(200, { server: "nginx" }, "<title>King Kong</title>")],
];

describe("gatewayOf", () => {
  for (const [product, response, kind, means] of KNOWN)
    test(`${product}: ${response.status} ${response.excerpt.slice(0, 40)}`, () => {
      const gateway = gatewayOf(response);
      assert.deepEqual([gateway?.product, gateway?.kind], [product, kind]);
      if (means === null) assert.equal(gateway?.means, null);
      else assert.match(gateway?.means ?? "", means);
    });
  for (const [what, response] of OTHERS) test(`not: ${what}`, () => assert.equal(gatewayOf(response), null));
});
