/** client/tls: a certificate that clients meet is refused, or TLS doesn't come about. */
import { certificateMends } from "../../advice/client.ts";
import { certificateProblems } from "../../advice/certificate-problems.ts";
import { tlsOn } from "../../advice/tls-on.ts";
import type { ClientFacts, Facts, NetError } from "../../facts/facts.ts";
import {
  clientCertificateFaults,
  clientConnections,
  clientProxyAt,
  isEndpointToo,
  isWellKnownToo,
  type SeenCertificate,
} from "../../views/client.ts";
import { done, judgedAt } from "../../views/outcome.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const tls: Rule = {
  code: "client/tls",
  severity: "error",
  title: "TLS fails where clients connect",
  spec: SPEC.clientFile,
  explain: `
Clients fetch their file from the server name's own host, and then use the host of the base URL. Each host needs HTTPS with a valid
certificate for its own name. One of these certificates is refused, or the TLS handshake fails.

**How it shows.** Element: "Can't connect to homeserver", or "Your connection isn't private" when the URL is opened. A missing
intermediate certificate often shows only in apps on phones: browsers fetch it by themselves.

**Who is affected.** Users of clients. Federation is affected too if it uses the same host.

**Which faults.** The same as for federation: \`tls/expired\`, \`tls/name-mismatch\`, \`tls/incomplete-chain\` and the others. The report
lists all that are found. The support file is on the same host as the client file. For the host where users log in, see \`client/auth\`.

**Look-alikes.** Clients can't connect to the port: \`client/unreachable\`. The same fault for the file that homeservers read, on the same
host: \`well-known/tls\`. Homeservers and clients connect to the same host and port: \`tls/…\`, and then this finding follows from it.

**Fix.** Give the host a certificate of a public CA for its name, with its full chain, and reload it.
`,
  *judge(facts: Facts): Iterable<Found> {
    const { client } = facts;
    if (client === undefined) return;
    const concerned = clientConnections(client).filter(({ what }) => what === "file" || what === "api");
    const bad = concerned.flatMap((seen) => {
      const trouble = certificateTrouble(facts, client, seen) ?? handshakeTrouble(facts, client, seen);
      return trouble === null ? [] : [{ ...seen, ...trouble }];
    });
    for (const group of groupBy(bad, ({ problem, site }) => `${site.host} ${problem}`)) {
      const [first] = group;
      yield {
        severity: "error",
        detail: `${first.what === "api" ? "The base URL is" : "The client file is fetched from"} ${quote(first.url, 160)}; ${first.problem}. Clients refuse the connection.`,
        fix: first.mends,
        where: group.map(({ place }) => place),
        sameAs: [
          ...(group.every(({ site, place }) => isEndpointToo(facts, site.host, place)) ? (["connection"] as const) : []),
          ...(group.every(({ site, place }) => isWellKnownToo(facts, site.host, place)) ? (["well-known/tls"] as const) : []),
        ],
      };
    }
  },
};

interface Trouble {
  problem: string;
  mends: string[];
}

function certificateTrouble(facts: Facts, client: ClientFacts, seen: SeenCertificate): Trouble | null {
  const wrong = clientCertificateFaults(facts, seen);
  const session = done(seen.connection.tls);
  if (wrong.length === 0 || session === null) return null;
  const at = judgedAt(facts);
  return {
    problem: certificateProblems(session, seen.site.host, wrong, at).join("; "),
    mends: certificateMends(clientProxyAt(facts, client, seen.place), seen.site, session, wrong, at),
  };
}

function handshakeTrouble(facts: Facts, client: ClientFacts, { connection, site, place }: SeenCertificate): Trouble | null {
  const { tls: session } = connection;
  if (session.status !== "failed" || session.error.code === "timeout") return null;
  const { host, port } = site;
  const isPlain = /^[A-Za-z0-9.:-]+$/.test(host);
  return {
    problem: inWords(session.error, host, port),
    mends: [
      session.error.code === "plain-http" && isPlain
        ? tlsOn(clientProxyAt(facts, client, place), site)
        : `Give the web server a virtual host for ${quote(host)} on port ${port} with a certificate for that name, and TLS 1.2 or 1.3.`,
    ],
  };
}

function inWords({ code, alert, message }: NetError, host: string, port: number): string {
  if (code === "plain-http") return `port ${port} of ${host} speaks plain HTTP instead of TLS`;
  if (code === "tls-alert") return `${host} ends the TLS handshake with the alert ${quote(alert ?? message)}`;
  return `the TLS handshake with ${host} on port ${port} fails (${quote(message, 160)})`;
}
