/** Some homeservers don't get the well-known file, and others do: who reaches the server all the same, and how much that weighs. */
import assert from "node:assert/strict";
import type { Reach, Report } from "../../src/facts/output.ts";
import type { IssueOptions } from "../lab/certificates.ts";
import type { Network } from "../lab/network.ts";
import { redirect, type Answer, type WebServerOptions } from "../lab/web-server.ts";
import { run } from "./scenario.ts";

const PATH = "/.well-known/matrix/server";
const RUST = ["Conduit", "conduwuit", "tuwunel", "continuwuity"];

/** The file on example.org, from a host whose certificate and TLS are like that; and the homeserver that it names, if it is another host. */
async function file(
  net: Network,
  value: string,
  { issue = {}, ...web }: { issue?: Omit<IssueOptions, "names"> } & Partial<WebServerOptions> = {},
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
  return Object.fromEntries([...way, ["/5", { body: { "m.server": "matrix.example.org:443" } }]]);
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
]);
