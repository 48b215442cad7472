/** Some homeservers don't get the well-known file, and others do: who reaches the server all the same, and how much that weighs. */
import assert from "node:assert/strict";
import type { Reach, Report } from "../../src/facts/output.ts";
import { PUBLIC_SERVICE } from "../../src/facts/policy.ts";
import type { IssueOptions } from "../lab/certificates.ts";
import type { Network } from "../lab/network.ts";
import { redirect, type Answer } from "../lab/web-server.ts";
import { run } from "./scenario.ts";

const PATH = "/.well-known/matrix/server";
const RUST = ["Conduit", "conduwuit", "tuwunel", "continuwuity"];

/** Who needs ECDHE or TLS 1.3. */
const EPHEMERAL = ["Dendrite", ...RUST, "mautrix-go", "matrix-media-repo"];
const RSA_ONLY = { maxVersion: "TLSv1.2", ciphers: "AES128-GCM-SHA256:@SECLEVEL=0" } as const;

/** The file on example.org, from a host whose certificate and TLS are like that; and the homeserver that it names elsewhere. */
async function file(
  net: Network,
  value: string,
  { issue = {}, ...web }: { issue?: Omit<IssueOptions, "names"> } & Partial<Parameters<Network["web"]>[1]> = {},
): Promise<void> {
  const tls = await net.issuer.issue({ names: ["example.org"], ...issue });
  await net.web("example.org", { tls, routes: { [PATH]: { body: { "m.server": value } } }, ...web });
  if (value === "matrix.example.org:443") await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
}

/** Five redirects before the file. */
function fiveRedirects(): Record<string, Answer> {
  const way = ["/1", "/2", "/3", "/4", "/5"].map((path, index, all): [string, Answer] => [
    index === 0 ? PATH : (all[index - 1] ?? ""),
    redirect(`https://example.org${path}`),
  ]);
  return Object.fromEntries<Answer>([...way, ["/5", { body: { "m.server": "matrix.example.org:443" } }]]);
}

/** Who doesn't reach the server, and of whom it isn't known. */
function reaches(expected: Partial<Record<Reach["reaches"], string[]>>) {
  return ({ reach }: Report): void => {
    const of = (word: Reach["reaches"]): string[] => reach.filter((each) => each.reaches === word).map(({ homeserver }) => homeserver);
    for (const word of ["no", "sometimes", "unknown"] as const) assert.deepEqual(of(word), expected[word] ?? [], word);
  };
}

/** All get through, so that the finding affects nobody. */
function harmless(report: Report): void {
  reaches({})(report);
  const lost = report.findings.filter(({ code, severity }) => code.startsWith("well-known/") && severity === "warning");
  assert.deepEqual(
    lost.map(({ affects }) => affects),
    [[]],
  );
}

run([
  ...[
    [15, 1],
    [16, 0],
  ].map(([count = 0, asked = 0]) => ({
    title: `${count} addresses of the target leave ${asked} of a service's 16 to those who go on without the file`,
    options: { policy: { ...PUBLIC_SERVICE, privateAddresses: "allow" as const } },
    async network(net: Network) {
      await file(net, "hs.example.org:443", { issue: { oddDnsNames: ["*"] } });
      net.publish("hs.example.org", { A: Array.from({ length: count }, (_, index) => `127.0.1.${index + 1}`) });
      await net.homeserver("example.org");
    },
    finds: ["connect/refused error", "well-known/tls warning"],
    verdict: "fail" as const,
    and: ({ facts }: Report) => assert.equal(facts.fallback?.flatMap(({ endpoints }) => endpoints).length ?? 0, asked),
  })),
  ...["example.org:8448", "example.org", "matrix.example.org:443"].map((value) => ({
    title: `Synapse refuses the certificate of the well-known host, and port 8448 works: m.server is ${value}`,
    async network(net: Network) {
      await file(net, value, { issue: { oddDnsNames: ["*"] } });
      await net.homeserver("example.org");
    },
    finds: ["well-known/tls warning"],
    verdict: "warn" as const,
    and: harmless,
  })),
  {
    title: "Synapse refuses the certificate of the well-known host, and the target of the name's SRV record works",
    async network(net) {
      await file(net, "matrix.example.org:443", { issue: { oddDnsNames: ["*"] } });
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["1 1 9448 hs.example.net"] });
      await net.homeserver("example.org", { host: "hs.example.net", port: 9448, tls: await net.issuer.issue({ names: ["example.org"] }) });
    },
    finds: ["well-known/tls warning", "srv/unused warning"],
    verdict: "warn",
    and: harmless,
  },
  {
    title: "Synapse refuses the certificate of the well-known host, and the same one on port 8448",
    async network(net) {
      await file(net, "matrix.example.org:443", { issue: { oddDnsNames: ["*"] } });
      await net.homeserver("example.org", { tls: await net.issuer.issue({ names: ["example.org"], oddDnsNames: ["*"] }) });
    },
    finds: ["well-known/tls error"],
    verdict: "fail",
    and: reaches({ no: ["Synapse"] }),
  },
  {
    title: "Synapse refuses the certificate of the well-known host, and port 8448 is closed",
    async network(net) {
      await file(net, "matrix.example.org:443", { issue: { oddDnsNames: ["*"] } });
      await net.closed("example.org", 8448);
    },
    finds: ["well-known/tls error"],
    verdict: "fail",
    and: reaches({ no: ["Synapse"] }),
  },
  {
    title: "the well-known host has a CA's certificate, and port 8448 works",
    async network(net) {
      await file(net, "matrix.example.org:443", { issue: { isCa: true } });
      await net.homeserver("example.org");
    },
    finds: ["well-known/tls warning"],
    verdict: "warn",
    and: harmless,
  },
  {
    title: "the well-known host has a CA's certificate, and port 8448 is closed",
    async network(net) {
      await file(net, "matrix.example.org:443", { issue: { isCa: true } });
      await net.closed("example.org", 8448);
    },
    finds: ["well-known/tls warning"],
    verdict: "warn",
    and: reaches({ no: RUST }),
  },
  {
    title: "more redirects than some follow, and port 8448 works",
    async network(net) {
      await file(net, "matrix.example.org:443", { routes: fiveRedirects() });
      await net.homeserver("example.org");
    },
    finds: ["well-known/redirected warning"],
    verdict: "warn",
    and: harmless,
  },
  {
    title: "well-known/redirect-relative: Synapse doesn't get the file, and port 8448 works",
    async network(net) {
      await net.web("example.org", { routes: { [PATH]: redirect("https://www.example.org/mx") } });
      await net.web("www.example.org", {
        routes: { "/mx": redirect("/file"), "/file": { body: { "m.server": "matrix.example.org:443" } } },
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
      await net.homeserver("example.org");
    },
    finds: ["well-known/redirect-relative warning", "well-known/redirected info"],
    verdict: "warn",
    and: harmless,
  },
  ...[true, false].map((isOpen) => ({
    title: `the well-known host has no ECDHE, and port 8448 ${isOpen ? "works" : "is closed"}`,
    async network(net: Network) {
      await file(net, "matrix.example.org:443", { issue: { keyAlgorithm: "rsa-2048" }, ...RSA_ONLY });
      await (isOpen ? net.homeserver("example.org") : net.closed("example.org", 8448));
    },
    finds: ["well-known/tls warning"],
    verdict: "warn" as const,
    and: isOpen ? harmless : reaches({ no: EPHEMERAL }),
  })),
  {
    title: "a host that the well-known redirects to has no ECDHE",
    async network(net) {
      await net.web("example.org", { routes: { [PATH]: redirect("https://www.example.org/mx") } });
      const tls = await net.issuer.issue({ names: ["www.example.org"], keyAlgorithm: "rsa-2048" });
      await net.web("www.example.org", { tls, ...RSA_ONLY, routes: { "/mx": { body: { "m.server": "matrix.example.org:443" } } } });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
      await net.closed("example.org", 8448);
    },
    finds: ["well-known/tls warning", "well-known/redirected info"],
    verdict: "warn",
    and: reaches({ no: EPHEMERAL }),
  },
  ...[{ alpn: ["h2"] }, { intercept: (): Answer => ({ status: 505, body: "" }), alpn: ["h2", "http/1.1"] }].map((web) => ({
    title: `the well-known host speaks HTTP/2 only: ${JSON.stringify(web.alpn)}`,
    async network(net: Network) {
      await file(net, "matrix.example.org:443", web);
      await net.closed("example.org", 8448);
    },
    finds: ["well-known/unreachable error", "connect/refused error < well-known/unreachable"],
    verdict: "fail" as const,
    and(report: Report) {
      const without = ["Synapse", "Conduit", "continuwuity", "Rocket.Chat"];
      reaches({ no: without, unknown: ["Dendrite", "conduwuit", "tuwunel", "mautrix-go", "matrix-media-repo"] })(report);
      assert.match(report.findings[0]?.detail ?? "", /speaks HTTP\/2 only\. Synapse, Conduit, continuwuity and Rocket\.Chat speak only/);
      assert.match(report.findings[0]?.fix.join() ?? "", /speak HTTP\/1\.1 besides HTTP\/2/);
      assert.deepEqual(report.findings[0]?.affects, without);
    },
  })),
  {
    title: "the well-known host speaks HTTP/2 only, and port 8448 works",
    async network(net) {
      await file(net, "matrix.example.org:443", { alpn: ["h2"] });
      await net.homeserver("example.org");
    },
    finds: ["well-known/unreachable warning"],
    verdict: "warn",
  },
  {
    title: "the well-known host's certificate has an RSA key of 1024 bits, which Go takes",
    async network(net) {
      await file(net, "matrix.example.org:443", { issue: { keyAlgorithm: "rsa-1024" } });
      await net.closed("example.org", 8448);
    },
    finds: ["well-known/tls error", "connect/refused error < well-known/tls"],
    verdict: "fail",
    and(report) {
      reaches({ no: ["Synapse", ...RUST, "Rocket.Chat"] })(report);
      assert.deepEqual(report.findings[0]?.affects, ["Synapse", ...RUST, "Rocket.Chat"]);
    },
  },
  {
    title: "IPv4 of the well-known host is broken, which some ask as long as there is any",
    async network(net) {
      await file(net, "matrix.example.org:443", { addresses: ["::1"] });
      net.publish("example.org", { A: ["127.0.0.1"] });
      await net.closed("example.org", 8448);
    },
    finds: ["well-known/address-failed warning"],
    verdict: "warn",
    and: reaches({ no: ["conduwuit", "tuwunel"], sometimes: ["Rocket.Chat"] }),
  },
]);
