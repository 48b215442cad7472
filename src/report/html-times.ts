/** Every operation of the check with its time, in `--format html`: what it was, what it had to wait for, how long it took. */
import { place } from "../facts/address.ts";
import type { ClientEndpointFacts, ClientFacts, ConnectionFacts, Facts, Hop, HttpFacts, Outcome, SiteFileAttempt } from "../facts/facts.ts";
import type { Report } from "../facts/output.ts";
import { html, line, type Html } from "./html-text.ts";
import { duration } from "./pretty-style.ts";

interface Operation {
  what: string;
  /** What had to end before. */
  after: string;
  /** Milliseconds. */
  from: number;
  ms: number;
  state: "done" | "failed";
}

interface Part {
  heading: string;
  operations: Operation[];
  /** What was done, too, and of which the evidence has no times. */
  untimed?: string[];
}

/** More rows of a part are counted, not shown. */
const MOST = 60;

export function timeLine({ facts }: Report): Html | "" {
  const parts = partsOf(facts).filter(({ operations, untimed = [] }) => operations.length > 0 || untimed.length > 0);
  if (parts.length === 0) return "";
  return html`<details class="evidence times"><summary>Time line</summary>
<p>Each bar begins where what it waited for had ended, as far as the evidence has it, and counts from the start of its own part; of DNS only the lengths are known. ${totals(facts)}</p>
${parts.map(partTable)}</details>
`;
}

/** One after the other; a part that took no time wasn't needed. */
function totals({ timings: { wellKnown: file, srv, address, probe }, durationMs }: Facts): string {
  const parts = (
    [
      ["well-known", file],
      ["SRV", srv],
      ["addresses", address],
      ["connections and requests", probe],
    ] as const
  ).filter(([, ms]) => duration(ms) !== "");
  const said = parts.map(([name, ms]) => `${name} ${duration(ms)}`).join(", then ");
  return said === "" ? "" : `The check: ${said}; ${duration(durationMs)} in all.`;
}

function partTable({ heading, operations, untimed = [] }: Part): Html {
  const longest = Math.max(1, ...operations.map(({ from, ms }) => from + ms));
  const rows = operations.slice(0, MOST).map(({ what, after, from, ms, state }) => {
    const x = Math.round((from / longest) * 1000) / 10;
    const width = Math.max(0.5, Math.round((ms / longest) * 1000) / 10);
    return html`<tr><th scope="row">${line(what, 300)}</th><td>${line(after, 200)}</td><td class="time">${duration(ms)}${state === "failed" ? ", failed" : ""}</td><td class="bar"><svg class="bar ${state}" viewBox="0 0 101 8" width="101" height="8" preserveAspectRatio="none" aria-hidden="true"><rect x="${x}" y="1" width="${width}" height="6"></rect></svg></td></tr>
`;
  });
  const table =
    operations.length === 0
      ? ""
      : html`<table class="times">
<thead><tr><th scope="col">Operation</th><th scope="col">After</th><th scope="col" class="time">Time</th><th scope="col">When</th></tr></thead>
<tbody>
${rows}</tbody>
</table>
`;
  const more =
    operations.length > MOST
      ? html`<p>And ${operations.length - MOST} more.</p>
`
      : "";
  const others =
    untimed.length > 0
      ? html`<p>Asked, too, without times in the evidence: ${untimed.slice(0, MOST).map((what, index) => html`${index === 0 ? "" : ", "}${line(what, 300)}`)}.</p>
`
      : "";
  return html`<h4>${heading}</h4>
${table}${more}${others}`;
}

function partsOf(facts: Facts): Part[] {
  return [
    { heading: "DNS", operations: dns(facts) },
    { heading: "Well-known", operations: wellKnown(facts) },
    ...facts.targets.map((target) => ({
      heading: `Target ${place(target.host, target.port)}`,
      operations: target.endpoints.flatMap((endpoint): Operation[] => {
        const at = place(endpoint.address, endpoint.port);
        const first = connection(endpoint, at, 0, "");
        const ready = end(first);
        const isConnected = first.length > 0;
        const version = one(`${at} version`, isConnected ? "TLS" : "", ready, endpoint.version);
        const keys = one(`${at} keys`, "a connection of its own", ready, endpoint.keys);
        const older = one(`${at} TLS 1.2 or older`, "", 0, endpoint.olderTls);
        return [
          ...first,
          ...version,
          ...keys,
          ...one(`${at} encoded path`, "a connection of its own", ready, endpoint.encodedPath),
          ...one(`${at} version with host:port`, "a connection of its own", ready, endpoint.hostPort),
          ...(endpoint.put === undefined ? [] : one(`${at} unsigned PUT`, "a connection of its own", ready, endpoint.put)),
          ...older,
          ...(endpoint.ephemeralOnly === undefined ? [] : one(`${at} ECDHE only`, "TLS 1.2 or older", end(older), endpoint.ephemeralOnly)),
          ...one(`${at} ALPN`, "version", end(version), endpoint.alpn),
          ...(endpoint.refusedTo ?? []).flatMap(({ userAgent, path, response }) =>
            one(`${at} ${path} as ${agent(userAgent)}`, "version and keys", end([...version, ...keys]), response),
          ),
        ];
      }),
    })),
    { heading: "Nameservers and resolvers by themselves", operations: nameservers(facts) },
    { heading: "Further requests, because something failed", ...clues(facts) },
    ...(facts.client === undefined ? [] : [{ heading: "What clients find", ...clientParts(facts.client) }]),
  ];
}

function dns(facts: Facts): Operation[] {
  return [
    ...facts.srv.flatMap(({ service, base, outcome, role }) =>
      one(`${service}.${base} SRV`, role === "route" ? "" : "nothing: only for leftovers", 0, outcome),
    ),
    ...facts.hosts.flatMap(({ host, a, aaaa }) => [...one(`${host} A`, "", 0, a), ...one(`${host} AAAA`, "", 0, aaaa)]),
  ];
}

function wellKnown({ wellKnown: fact }: Facts): Operation[] {
  if (fact.status !== "done") return one("well-known", "", 0, fact);
  return fact.value.attempts.flatMap(({ address, port, hops, file, asSynapse }) => {
    if (file !== undefined) return [];
    const all = hopsFrom(hops, place(address, port), 0);
    return [
      ...all,
      ...(asSynapse === undefined
        ? []
        : one(`GET ${asSynapse.url}, as Synapse reads the Location`, "the redirect", end(all), asSynapse.response)),
    ];
  });
}

/** One after the other; the first at a known address. */
function hopsFrom(hops: readonly Hop[], first: string, from: number, before = "the addresses"): Operation[] {
  const all: Operation[] = [];
  let ready = from;
  hops.forEach((hop, index) => {
    const at = index === 0 ? first : hop.host;
    const waited = index === 0 ? before : "the redirect";
    const connected = hop.connection === null ? [] : connection(hop.connection, at, ready, waited);
    const answer = one(
      `${at} GET ${hop.url}`,
      connected.length === 0 ? waited : "the connection",
      Math.max(ready, end(connected)),
      hop.response,
    );
    ready = Math.max(ready, end([...connected, ...answer]));
    const others = (hop.others ?? []).flatMap(({ userAgent, response }) =>
      one(`${at} GET ${hop.url} as ${agent(userAgent)}`, "the answer", ready, response),
    );
    all.push(...connected, ...answer, ...others);
  });
  return all;
}

function agent(userAgent: string): string {
  return userAgent === "" ? "nobody" : userAgent;
}

/** Asked without recursion, each by itself; what stands behind one another at the same server needn't have waited for it. */
function nameservers({ authoritative, resolvers = [] }: Facts): Operation[] {
  const zones = authoritative?.status === "done" ? authoritative.value.zones : [];
  return [
    ...zones.flatMap(({ apex, nameservers: servers }) =>
      servers.flatMap(({ name, address, port, soa, answers }) => {
        const at = `${name} (${place(address, port)})`;
        return [
          ...one(`${at} ${apex} SOA`, "the zone's nameservers", 0, soa),
          ...answers.flatMap((answer) => one(`${at} ${answer.name} ${answer.type}`, "the zone's nameservers", 0, answer.outcome)),
        ];
      }),
    ),
    ...resolvers.flatMap(({ resolver, answers }) =>
      answers.flatMap((answer) => one(`${resolver} ${answer.name} ${answer.type}`, "", 0, answer.outcome)),
    ),
  ];
}

/** Side by side, each when what it is about had failed. */
function clues({ clues: found }: Facts): Omit<Part, "heading"> {
  if (found === null) return { operations: [] };
  const {
    homeservers,
    wellKnowns,
    browser,
    srvHost,
    otherHosts = srvHost,
    proxies = [],
    plainHttp = [],
    fronts = [],
    keysName,
    decoy,
  } = found;
  const answer = "the answer that is wrong";
  return {
    operations: [
      ...(browser === null ? [] : one(`GET ${browser.url} as a browser`, answer, 0, browser.response)),
      ...otherHosts.flatMap(({ place: at, host, response }) => one(`${at} version with Host ${host}`, answer, 0, response)),
      ...proxies.flatMap(({ place: at, scheme, response }) => one(`${at} what stands in front (${scheme})`, answer, 0, response)),
      ...plainHttp.flatMap(({ place: at, response }) => one(`${at} version without TLS`, "the handshake", 0, response)),
      ...fronts.flatMap(({ address, response }) => one(`${place(address, 443)} what answers there`, "the connection", 0, response)),
    ],
    untimed: [
      ...homeservers.tried.map((at) => `${at} for a homeserver`),
      ...wellKnowns.tried.map((host) => `${host} for a well-known`),
      ...(keysName === null ? [] : [`where ${keysName.name} leads`]),
      ...found.issuers.map(({ url }) => url),
      ...(decoy === undefined ? [] : [`${decoy.name}, which doesn't exist`]),
    ],
  };
}

/** The file, then the base URL in it, then what a web client asks next, and who logs users in. */
function clientParts({ file, support, api, issuer, guesses, hosts }: ClientFacts): Omit<Part, "heading"> {
  const fetched = (attempts: readonly SiteFileAttempt<unknown>[]): Operation[] =>
    attempts.flatMap(({ address, port, hops, proxy }) => {
      const at = place(address, port);
      const all = hopsFrom(hops, at, 0);
      return [...all, ...(proxy === undefined ? [] : one(`${at} what stands in front`, "the file", end(all), proxy))];
    });
  const files = fetched(file.attempts);
  const asked = (api?.endpoints ?? []).flatMap((endpoint) => clientEndpoint(endpoint, api?.baseUrl ?? "", end(files)));
  return {
    operations: [
      ...hosts.flatMap(({ host, a, aaaa }) => [...one(`${host} A`, "", 0, a), ...one(`${host} AAAA`, "", 0, aaaa)]),
      ...files,
      ...fetched(support.attempts),
      ...asked,
      ...(issuer?.hop == null
        ? []
        : hopsFrom([issuer.hop], issuer.hop.host, end([...files, ...asked]), issuer.named === "file" ? "the file" : "auth_metadata")),
    ],
    untimed: guesses.map(({ baseUrl }) => `${baseUrl} for a client API`),
  };
}

function clientEndpoint(endpoint: ClientEndpointFacts, baseUrl: string, from: number): Operation[] {
  const at = place(endpoint.address, endpoint.port);
  const first = connection(endpoint, at, from, "the client file");
  const versions = one(`${at} GET ${baseUrl}/_matrix/client/versions`, "TLS", Math.max(from, end(first)), endpoint.versions);
  const ready = Math.max(from, end([...first, ...versions]));
  const further = (what: string, outcome: Outcome<unknown> | undefined): Operation[] =>
    outcome === undefined ? [] : one(`${at} ${what}`, "versions, a connection of its own", ready, outcome);
  const next = [
    ...further("OPTIONS /_matrix/client/versions", endpoint.preflight),
    ...further("GET /_matrix/client/v3/account/whoami", endpoint.unauthenticated),
    ...further("GET /_matrix/client/v3/login", endpoint.login),
    ...further("GET /_matrix/client/v1/auth_metadata", endpoint.metadata),
  ];
  const front: Outcome<HttpFacts> | undefined = endpoint.proxy;
  return [
    ...first,
    ...versions,
    ...next,
    ...(front === undefined ? [] : one(`${at} what stands in front`, "those before", Math.max(ready, end(next)), front)),
  ];
}

function connection({ tcp, tls }: ConnectionFacts, at: string, from: number, before: string): Operation[] {
  const first = one(`${at} connect`, before === "" ? "the addresses" : before, from, tcp);
  return [...first, ...one(`${at} TLS`, "connect", first.length > 0 ? end(first) : from, tls)];
}

/** Nothing of what wasn't done. */
function one(what: string, after: string, from: number, outcome: Outcome<unknown>): Operation[] {
  if (outcome.status !== "done" && outcome.status !== "failed") return [];
  return [{ what, after, from, ms: outcome.ms, state: outcome.status }];
}

function end(operations: readonly Operation[]): number {
  return Math.max(0, ...operations.map(({ from, ms }) => from + ms));
}
