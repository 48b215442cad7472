/** address/untested: this machine couldn't try an address, and so nothing is said about it. */
import { MAX_ADDRESSES, MAX_TARGETS } from "../../views/dns-outcome.ts";
import type { Facts, Outcome } from "../../facts/facts.ts";
import { isIpLiteral, place } from "../../facts/address.ts";
import { clientConnections } from "../../views/client.ts";
import { endpointsOf } from "../../views/endpoints.ts";
import { usedHosts } from "../../views/hosts.ts";
import { done } from "../../views/outcome.ts";
import { lacksOpenFiles } from "../../views/open-files.ts";
import { isLeftOut, preferredTargets } from "../../views/route.ts";
import { parserTrouble } from "../../views/parser-trouble.ts";
import { duration, groupBy, list, quote } from "../../views/words.ts";
import type { Found, Rule } from "../rule.ts";

/** More than are tried, so that nobody's server is bothered. */
function* tooMany(facts: Facts): Iterable<Found> {
  const fix = ["To test one certain address, check with --connect-to."];
  const hosts = leftOut(facts);
  if (hosts.length > 0) {
    yield {
      severity: "info",
      detail: `${list(hosts.map(({ host, tested, all }) => `${tested} of the ${all} addresses of ${host}`))} were tested: one check tests no more. The others were not tested.`,
      fix,
      where: hosts.map(({ host }) => host).slice(0, 10),
    };
  }
  if (facts.targets.length > MAX_TARGETS) {
    yield {
      severity: "info",
      detail: `There are ${facts.targets.length} SRV targets. Only the first ${MAX_TARGETS} are tested.`,
      fix,
      where: facts.targets
        .slice(MAX_TARGETS)
        .map(({ host, port }) => place(host, port))
        .slice(0, 10),
    };
  }
}

/** Hosts of which not every address was tried. */
function leftOut(facts: Facts): { host: string; tested: number; all: number }[] {
  const addressesOf = (host: string): Set<string> => {
    const known = facts.hosts.find((each) => each.host === host);
    const records = known === undefined ? [] : [known.a, known.aaaa].flatMap((outcome) => done(outcome)?.records ?? []);
    return new Set(records.map(({ address }) => address));
  };
  const base = facts.wellKnown.status === "done" ? facts.wellKnown.value : null;
  const tried = [
    ...(base === null ? [] : [{ host: base.host.toLowerCase(), tested: base.attempts }]),
    ...facts.targets
      .slice(0, MAX_TARGETS)
      .filter(({ port, overridden, host, srv }) => port !== 0 && !overridden && !(srv !== undefined && isIpLiteral(host)))
      .map(({ host, endpoints }) => ({ host: host.toLowerCase(), tested: endpoints })),
  ];
  const left = tried.flatMap(({ host, tested }) => {
    const all = addressesOf(host);
    // --connect-to and files lead elsewhere, and not to all of them.
    const isOfDns = tested.every(({ address }) => all.has(address));
    return isOfDns && tested.length < all.size ? [{ host, tested: tested.length, all: all.size }] : [];
  });
  // Fewer than that are always tried: what is missing then is missing in the evidence.
  if (tried.reduce((sum, { host }) => sum + addressesOf(host).size, 0) <= MAX_ADDRESSES) return [];
  return [...new Map(left.map((each) => [each.host, each])).values()];
}

type Untested = Extract<Outcome<unknown>, { status: "untested" }>;

/** The check ended before it knew enough: said once, with what it still waited for. */
function* endedEarly(facts: Facts): Iterable<Found> {
  const { stopped } = facts;
  if (stopped === undefined) return;
  const missing = stopped.waitedFor.length > 0 ? ` The check was still waiting for ${list(stopped.waitedFor)}.` : "";
  const after = duration(stopped.afterMs);
  yield {
    severity: "info",
    detail:
      stopped.because === "deadline"
        ? `The time for this check ended after ${after}.${missing} Nothing is known about that.`
        : `The check was stopped from outside after ${after}.${missing} Nothing is known about that.`,
    fix: [
      stopped.because === "deadline"
        ? `Give the check more time:\nnpx matrix-delegation-check --deadline 60s ${facts.serverName}`
        : "Run the check again, and don't stop it.",
    ],
    where: stopped.waitedFor.length > 0 ? stopped.waitedFor : [facts.serverName],
  };
}

/** This Node.js can't read HTTP: WebAssembly, in which the parser is written, is switched off or gets no memory. */
function* cantParse(facts: Facts): Iterable<Found> {
  const note = parserTrouble(facts);
  if (note === null) return;
  yield {
    severity: "info",
    detail: `This Node.js can't start its HTTP parser (${quote(note, 120)}), so it could read no server's answer. Nothing is known about the server.`,
    fix: ["Run Node.js without --jitless, and without a limit on its address space (ulimit -v), which WebAssembly needs."],
    where: [facts.serverName],
  };
}

/** As many connections as this check needs at once are more than the system gives. */
function* cantOpen(facts: Facts): Iterable<Found> {
  if (!lacksOpenFiles(facts)) return;
  yield {
    severity: "info",
    detail: `This process may not open more files and connections at once, and the check needed more. The rest was not tested.`,
    fix: ["Raise the limit (ulimit -n 1024), or check fewer names at once with a lower --concurrency."],
    where: [facts.serverName],
  };
}

function reasonOf(
  { settings }: Facts,
  { because, family }: { because: Exclude<Untested["because"], "policy-address" | "open-files">; family: 4 | 6 },
  places: string,
): { why: string; fix: string } {
  switch (because) {
    case "no-route":
      if (settings.family !== null && settings.family !== family)
        return { why: `-${settings.family} leaves out ${places}.`, fix: `Run the check without -${settings.family}.` };
      return {
        why: `This machine has no IPv${family} connection to ${places}.`,
        fix: `Run the check on a machine with IPv${family}.`,
      };
    case "policy-port":
      return {
        why: `The policy of this check doesn't allow connections to this port: ${places}.`,
        fix: "Delegate to port 443 or 8448, or run the check on your own machine.",
      };
    case "http-parser":
    case "zone-file":
    case "resolver":
    case "deadline":
      return { why: `The time ended before ${places} could be tested.`, fix: "Give the check more time with --deadline." };
  }
}

/** Where clients connect and this check may not, or has no way to; places of the route are said already. */
function* ofClients(facts: Facts, said: ReadonlySet<string>): Iterable<Found> {
  const { client, stopped } = facts;
  if (client === undefined || stopped !== undefined) return;
  const all = clientConnections(client).filter(({ place: at }) => !said.has(at));
  const untested = all.flatMap(({ connection: { tcp, family }, ...seen }) =>
    tcp.status === "untested" && (tcp.because === "policy-port" || tcp.because === "no-route")
      ? [{ ...seen, family, because: tcp.because }]
      : [],
  );
  for (const group of groupBy(untested, ({ because, family, site }) => `${because} ${family} ${site.host}`)) {
    const [first] = group;
    const { host } = first.site;
    // Another address of that host answers for it.
    if (all.some(({ site, connection }) => site.host === host && connection.tcp.status !== "untested")) continue;
    const places = [...new Set(group.map((each) => each.place))];
    const { why, fix } = reasonOf(facts, first, list(places));
    yield {
      severity: "info",
      detail: `${why} Clients connect there for ${quote(first.url, 160)}; that was not tested.`,
      fix: [first.because === "policy-port" ? "Use port 443 for clients, or run the check on a machine of your own." : fix],
      where: places,
    };
  }
}

/** Names of a zone file whose addresses only the zone's own server knows. */
function* onlyTheServerKnows(facts: Facts): Iterable<Found> {
  for (const { host, notes } of notInFile(facts)) {
    const port = facts.targets.find((target) => target.host.toLowerCase() === host)?.port ?? 443;
    yield {
      severity: "info",
      detail: `The zone file doesn't say which answer ${host} gets: the zone's own nameserver makes the answer when it is asked (${list(notes)}). ${host} was not tested.`,
      fix: [
        ...(host.startsWith("_")
          ? []
          : [
              `Say where ${host} leads (replace 192.0.2.1 with the address that the nameserver gives, and zone.txt with your zone file):\nnpx matrix-delegation-check --zone-file zone.txt --connect-to ${host}:${port}:192.0.2.1:${port} ${facts.serverName}`,
            ]),
        "Or check without the zone file after you have published it.",
      ],
      where: [host],
    };
  }
}

function notInFile(facts: Facts): { host: string; notes: string[] }[] {
  const used = new Set([...usedHosts(facts).map(({ host }) => host), facts.serverName.toLowerCase()]);
  const noteOf = (outcome: Outcome<unknown>): string[] =>
    outcome.status === "untested" && outcome.because === "zone-file" ? [outcome.note ?? "a record of its own"] : [];
  return [
    ...facts.hosts.filter(({ host }) => used.has(host)).map(({ host, a, aaaa }) => ({ host, notes: [...noteOf(a), ...noteOf(aaaa)] })),
    ...facts.srv
      .filter(({ role }) => role === "route")
      .map(({ service, base, outcome }) => ({ host: `${service}.${base}`, notes: noteOf(outcome) })),
  ].flatMap(({ host, notes }) => (notes.length === 0 ? [] : [{ host, notes: [...new Set(notes)] }]));
}

export const addressUntested: Rule = {
  code: "address/untested",
  severity: "info",
  concerns: "nobody",
  machine: "limits",
  title: "Some addresses can't be tested from this machine",
  spec: null,
  explain: `
Some addresses were not tested. Nothing is known about them: they count neither as good nor as bad. The reason is one of these:

- This machine has no route to the address; usually it has no IPv6.
- The time of \`--deadline\` ended before the address was tested.
- The name has more addresses than a check tests: at most 32 for one name (16 for a service), shared among the SRV targets, and 64
  requests.
- The check is run by a service whose policy allows only some ports.
- The file given with \`--zone-file\` has a record whose value only the zone's own nameserver knows (\`LUA\`, \`ALIAS\` and the like).
- The check was stopped too early, this Node.js can't parse HTTP, or this process may not open more files and connections.

**Who is affected.** No homeserver. Only this check doesn't know more.

**Look-alikes.** \`connect/ipv6-down\` and \`connect/ipv4-down\`: this machine has IPv6 (or IPv4), and the host doesn't answer over it.

**Fix.** Run the check on a machine that has both IPv4 and IPv6, or give it more time with \`--deadline\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const attempts = facts.wellKnown.status === "done" ? facts.wellKnown.value.attempts : [];
    const tried: { place: string; family: 4 | 6; tcp: Outcome<unknown> }[] = [
      ...attempts.flatMap(({ address, family, port, hops }) =>
        hops[0]?.connection ? [{ place: place(address, port), family, tcp: hops[0].connection.tcp }] : [],
      ),
      ...attempts.flatMap(({ hops }) =>
        hops
          .slice(1)
          .flatMap(({ connection }) =>
            connection !== null && connection.tcp.status === "untested"
              ? [{ place: place(connection.address, connection.port), family: connection.family, tcp: connection.tcp }]
              : [],
          ),
      ),
      ...endpointsOf(facts),
    ];
    // What isn't public is address/not-public's; for want of files, that is said once.
    const untested = tried.flatMap(({ tcp, ...each }) =>
      tcp.status === "untested" && tcp.because !== "policy-address" && tcp.because !== "open-files"
        ? [{ ...each, because: tcp.because }]
        : [],
    );
    yield* endedEarly(facts);
    yield* cantParse(facts);
    yield* cantOpen(facts);
    // What the end of the check cut off is said above.
    const places = facts.stopped === undefined ? untested : untested.filter(({ because }) => because !== "deadline");
    for (const group of groupBy(places, ({ family, because }) => (because === "policy-port" ? because : `${family} ${because}`))) {
      const [first] = group;
      const places = [...new Set(group.map((each) => each.place))];
      const { why, fix } = reasonOf(facts, first, list(places));
      yield {
        severity: "info",
        detail: `${why} ${places.length > 1 ? "They were" : "It was"} not tested.`,
        fix: [fix],
        where: places,
      };
    }
    yield* ofClients(facts, new Set(tried.map((each) => each.place)));
    yield* onlyTheServerKnows(facts);
    yield* tooMany(facts);
    const { family, probe } = facts.settings;
    const left = facts.targets.filter((target) => isLeftOut(facts, target));
    // A backup is said to be left out only where nobody gets to what stands before it.
    const decides = preferredTargets(facts).every(({ endpoints }) => endpoints.length === 0);
    const hosts = left.map(({ host }) => host);
    if (family !== null && probe && facts.route !== null && hosts.length > 0 && decides)
      yield {
        severity: "info",
        detail: `Only IPv${family} was asked for, and ${list(hosts)} ${hosts.length > 1 ? "have" : "has"} no IPv${family} address.`,
        fix: [`Check without -${family}.`],
        where: hosts,
      };
  },
};
