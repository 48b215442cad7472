/** client/unreachable: nobody answers where the client file, or the client API, is looked for. */
import { baseUrlOrExample, clientFile, serveFile } from "../../advice/client.ts";
import { droppedAdvice } from "../../advice/listen.ts";
import { routeFederation } from "../../advice/federation.ts";
import type { ClientFacts, Facts, NetError } from "../../facts/facts.ts";
import { place } from "../../facts/address.ts";
import { CLIENT_PATH } from "../../matrix/client-file.ts";
import {
  deniedAddress,
  failureOf,
  isEndpointToo,
  isWellKnownToo,
  knownBaseUrl,
  privateAddresses,
  seenFiles,
  whereOfFile,
  type SeenFile,
} from "../../views/client.ts";
import { hasNoAddress, whyNoAddress } from "../../views/hosts.ts";
import { portOf } from "../../views/well-known-result.ts";
import { groupBy, list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const unreachable: Rule = {
  code: "client/unreachable",
  severity: "error",
  title: "Clients can't reach the client file or the base URL",
  spec: SPEC.clientFile,
  explain: `
Clients can't connect to the host of the client file or to the host of the base URL: the connection is refused, nothing answers in time,
the host has no address, or only a private one.

**How it shows.** Element: "Can't connect to homeserver". For the file: "Failed to get autodiscovery configuration from server".

**Who is affected.** Users of clients. Federation isn't affected, unless it uses the same host and port.

**What the words mean**
- *refused*: the machine is there, but nothing listens on the port.
- *no answer*: a firewall, NAT without port forwarding, or a machine that is off.
- *private address*: clients outside that network can't get there. Split-horizon DNS on this machine is a possible cause.

**Look-alikes.** The certificate is refused: \`client/tls\`. The host answers, but is no homeserver: \`client/versions\`.

**Fix.** Make the server listen on the port, open the port in the firewall, and correct the DNS records or the base URL.
`,
  *judge(facts: Facts): Iterable<Found> {
    const { client } = facts;
    if (client === undefined) return;
    yield* ofFile(facts, client);
    yield* ofApi(facts, client);
  },
};

/** When every address fails that could be asked from here: browsers go on to the next one. */
function* ofFile(facts: Facts, client: ClientFacts): Iterable<Found> {
  const { url, host: own } = client.file;
  const all = seenFiles(client.file.attempts);
  yield* redirectedInside(facts, client, all);
  const failed = all.flatMap((seen) => (seen.result.kind === "unreachable" ? [{ ...seen, error: seen.result.error }] : []));
  if (failed.length < all.filter(({ result }) => result.kind !== "untested").length) return;
  for (const group of groupBy(failed, ({ error, hop }) => `${error.code} ${hop.url}`)) {
    const [first] = group;
    const { host } = first.hop;
    const port = portOf(first.hop);
    const { baseUrl, note } = baseUrlOrExample(knownBaseUrl(client), own);
    const isOwn = first.hop.url === url;
    const isDropped = first.hop.connection?.tcp.status === "done" && first.error.code !== "timeout";
    const mend = isDropped ? droppedAdvice(isPlain(host) ? host : quote(host), port) : listen(host, port);
    yield {
      severity: "error",
      detail: `${quote(first.hop.url)} can't be fetched: ${what(first.error, host, port)}. So clients can't find the homeserver.`,
      fix: [
        isOwn
          ? `${mend} ${isDropped ? "The server" : "It"} must serve the client file${note}. ${serveFile(null, { host, port }, CLIENT_PATH, clientFile(baseUrl, null))}`
          : mend,
      ],
      where: whereOfFile(url, all, group),
      sameAs: group.every(({ attempt, place }) => attempt.hops.length === 1 && isWellKnownToo(facts, host, place))
        ? ["well-known/unreachable", "well-known/timeout"]
        : [],
    };
  }
}

/** What redirects lead to is in a private network. Where the file itself is so, address/not-public says it. */
function* redirectedInside(facts: Facts, { file }: ClientFacts, all: readonly SeenFile<unknown>[]): Iterable<Found> {
  const inside = all.flatMap((seen) => {
    const { hop, attempt } = seen;
    const kind = attempt.hops.length > 1 && hop.connection !== null ? deniedAddress(facts, hop.connection) : null;
    return kind === null || hop.connection === null ? [] : [{ ...seen, kind, address: hop.connection.address }];
  });
  for (const group of groupBy(inside, ({ hop, address }) => `${hop.url} ${address}`)) {
    const [first] = group;
    yield {
      severity: "error",
      detail: `${file.url} redirects to ${quote(first.hop.url, 160)}, whose address ${first.address} isn't public (${first.kind}): clients elsewhere can't get there.`,
      fix: [`Serve the file at ${file.url} itself, or redirect to a host with a public address.`],
      where: whereOfFile(file.url, all, group),
    };
  }
}

function* ofApi(facts: Facts, client: ClientFacts): Iterable<Found> {
  const { api, hosts } = client;
  if (api === null) return;
  const { baseUrl, host, port, endpoints } = api;
  const known = hosts.find((each) => each.host === host.toLowerCase());
  if (endpoints.length === 0 && known !== undefined && hasNoAddress(known)) {
    yield {
      severity: "error",
      detail: `The base URL is ${quote(baseUrl)}. ${whyNoAddress(known)}, so that clients can't connect.`,
      fix: [`Add A and AAAA records for ${quote(host)}, or correct the base URL in ${client.file.url}.`],
      where: [host],
      sameAs: facts.targets.some((target) => target.host.toLowerCase() === host.toLowerCase()) ? ["address/none"] : [],
    };
  }
  const inside = privateAddresses(facts, client);
  if (inside.length > 0) {
    yield {
      severity: "error",
      detail: `The base URL is ${quote(baseUrl)}, and its host has only ${list(inside)}, which exists in a private network alone: clients elsewhere can't get there. If DNS answers differently inside your network, check from outside.`,
      fix: [`Publish a public address for ${quote(host)}, or correct the base URL in ${client.file.url}.`],
      where: inside.map((address) => place(address, port)),
    };
  }
  const failed = endpoints.flatMap((endpoint) => {
    const failure = failureOf(endpoint, endpoint.versions);
    return failure?.kind === "unreachable" ? [{ place: place(endpoint.address, endpoint.port), error: failure.error }] : [];
  });
  if (failed.length < endpoints.filter(({ tcp }) => tcp.status !== "untested").length) return;
  for (const group of groupBy(failed, ({ error }) => error.code)) {
    const [first] = group;
    yield {
      severity: "error",
      detail: `The base URL is ${quote(baseUrl)}, and there ${what(first.error, host, port)}. Clients can't connect.`,
      fix: [
        `${listen(host, port)}${isPlain(host) ? ` ${routeFederation(null, { host, port })}` : ""}`,
        `Correct the base URL in ${client.file.url}.`,
      ],
      where: group.map((each) => each.place),
      sameAs: group.every((each) => isEndpointToo(facts, host, each.place)) ? ["connection"] : [],
    };
  }
}

function what({ code, message }: NetError, host: string, port: number): string {
  switch (code) {
    case "refused":
      return `${host} refuses connections on port ${port}`;
    case "unreachable":
      return `a router on the way says that ${host} can't be reached (ICMP unreachable)`;
    case "timeout":
      return `port ${port} of ${host} gives no answer in time (${message})`;
    default:
      return `port ${port} of ${host} gives no usable answer (${quote(message, 160)})`;
  }
}

function listen(host: string, port: number): string {
  return `Make a web server listen on port ${port} of ${isPlain(host) ? host : quote(host)}, and open the port in the firewall.`;
}

function isPlain(host: string): boolean {
  return /^[A-Za-z0-9.:-]+$/.test(host);
}
