/**
 * What a watch remembers of a server name: what is compared with the next check, and nothing that changes by itself (timings, TTLs, the
 * keys' validity, the order of addresses). It is small and bounded, whatever the other side sends.
 */
import { lookupFailed } from "../views/dns-outcome.ts";
import { place } from "../facts/address.ts";
import { decidingAttempt } from "../views/well-known-result.ts";
import type { DnsOutcome, Facts } from "../facts/facts.ts";
import type { Change, Changing, Endpoint, Finding, Report, Severity, Verdict } from "../facts/output.ts";

/** One thing that has a value. */
export interface Item {
  what: Exclude<Changing, "verdict" | "finding">;
  name: string | null;
  /** Of what is seen at one endpoint only. */
  endpoint: { target: string; host: string; place: string } | null;
  /** As in `Change`; null: there is none. Undefined: this time it couldn't be seen. */
  value: Change["from"] | undefined;
}

export interface SeenFinding {
  code: string;
  severity: Severity;
  /** Empty for a finding without a place. */
  place: string;
}

export interface Seen {
  verdict: Verdict;
  findings: SeenFinding[];
  items: Map<string, Item>;
  /** Hosts whose nameservers give other addresses with every question, on purpose. */
  rotating: Set<string>;
  /** The host at each place that was asked, to tell places by it when its addresses rotate. */
  hosts: Map<string, string>;
}

/** More of a list, or of a text, isn't remembered: a server can send thousands of records. */
const MAX_ITEMS = 32;
const MAX_TEXT = 500;
const MAX_FINDINGS = 500;
const MAX_PLACES = 128;

/**
 * What this check saw, filled up with what was seen `before` and couldn't be seen this time. `byNameservers`: the findings of which nothing
 * is known without the zones' own nameservers.
 */
export function seenIn(report: Report, before: Seen | null, byNameservers: ReadonlySet<string>): Seen {
  const { facts, route } = report;
  const seen: Seen = {
    verdict: report.verdict,
    findings: findingsOf(report),
    items: new Map(),
    rotating: rotatingHosts(facts),
    hosts: new Map(),
  };
  const put = (item: Item): void => void seen.items.set(keyOf(item), item);
  const one = (what: Item["what"], name: string | null, value: Item["value"]): void => put({ what, name, endpoint: null, value });

  one("well-known", null, wellKnownOf(facts));
  // A lookup that this machine couldn't make is taken for "no record", which makes another route.
  const isSure = route !== null && !facts.srv.some(({ role, outcome }) => role === "route" && outcome.status === "untested");
  one("route", null, isSure ? `${route.via} (step ${route.specStep})` : undefined);
  one("target", null, isSure ? listed(route.targets.map(({ host, port }) => place(host, port))) : undefined);
  for (const { service, base, outcome } of facts.srv.slice(0, MAX_ITEMS)) {
    one(
      "srv",
      `${service}.${base}`,
      answered(outcome, ({ priority, weight, port, target }) => `${priority} ${weight} ${port} ${target.toLowerCase()}`),
    );
  }
  const targetHosts = new Set(route?.targets.map(({ host }) => host.toLowerCase()));
  for (const { host, a, aaaa } of facts.hosts) {
    if (!targetHosts.has(host)) continue;
    for (const outcome of [a, aaaa])
      if (outcome.status !== "skipped")
        put({
          what: "addresses",
          name: `${host} ${outcome === a ? "A" : "AAAA"}`,
          endpoint: null,
          value: answered(outcome, ({ address }) => address),
        });
  }
  for (const { host, port, endpoints } of route?.targets ?? []) {
    for (const endpoint of endpoints) {
      if (seen.hosts.size >= MAX_PLACES) break;
      const at = { target: place(host, port), host: host.toLowerCase(), place: place(endpoint.address, endpoint.port) };
      seen.hosts.set(at.place, at.host);
      const { certificate, server, keys } = valuesAt(endpoint);
      put({ what: "certificate", name: null, endpoint: at, value: certificate });
      put({ what: "server", name: null, endpoint: at, value: server });
      put({ what: "keys", name: null, endpoint: at, value: keys });
    }
  }
  for (const { address, port, hops } of attemptsOf(facts))
    if (hops[0] !== undefined) seen.hosts.set(place(address, port), hops[0].host.toLowerCase());
  return before === null ? seen : filledUp(seen, before, report, byNameservers);
}

export function keyOf({ what, name, endpoint }: Item): string {
  return JSON.stringify([what, name, endpoint?.target, endpoint?.place]);
}

function filledUp(seen: Seen, before: Seen, report: Report, byNameservers: ReadonlySet<string>): Seen {
  const { facts, route, verdict } = report;
  for (const [key, item] of seen.items) if (item.value === undefined) item.value = before.items.get(key)?.value;
  // Without a route it isn't even known what there is to be seen.
  if (route === null) {
    for (const [key, item] of before.items) if (!seen.items.has(key)) seen.items.set(key, item);
    for (const [at, host] of before.hosts) if (!seen.hosts.has(at)) seen.hosts.set(at, host);
  }
  const hosts = new Set(seen.hosts.values());
  for (const host of before.rotating) if (hosts.has(host)) seen.rotating.add(host);

  const untested = new Set(
    route?.targets.flatMap(({ endpoints }) =>
      endpoints.filter(({ status }) => status === "untested").map(({ address, port }) => place(address, port)),
    ),
  );
  const unknownSteps = new Set(report.steps.filter(({ status }) => status === "unknown").map(({ id }) => id as string));
  const nameserversSaid = facts.authoritative?.status === "done";
  const mayStillBe = (finding: SeenFinding): boolean =>
    verdict === "inconclusive" ||
    untested.has(finding.place) ||
    unknownSteps.has(finding.code.slice(0, finding.code.indexOf("/"))) ||
    (!nameserversSaid && byNameservers.has(finding.code));
  const known = new Set(seen.findings.map(({ code, place: at }) => `${code} ${at}`));
  seen.findings.push(...before.findings.filter((finding) => !known.has(`${finding.code} ${finding.place}`) && mayStillBe(finding)));
  seen.findings.splice(MAX_FINDINGS);
  return seen;
}

function findingsOf({ findings }: Report): SeenFinding[] {
  const places = ({ where }: Finding): string[] => (where.length === 0 ? [""] : where.slice(0, MAX_ITEMS).map(short));
  const all = new Map(
    findings.flatMap((finding) =>
      places(finding).map((at): [string, SeenFinding] => [
        `${finding.code} ${at}`,
        { code: finding.code, severity: finding.severity, place: at },
      ]),
    ),
  );
  return [...all.values()].slice(0, MAX_FINDINGS);
}

function valuesAt({ tls, server, keys }: Endpoint): Record<"certificate" | "server" | "keys", string | undefined> {
  return {
    certificate: tls === undefined ? undefined : `ends ${tls.certificate.notAfter}, SHA-256 ${tls.certificate.sha256.slice(0, 16)}`,
    server: server === undefined ? undefined : short(`${server.name} ${server.version}`.trim()),
    keys: keys === undefined ? undefined : (listed(keys.keyIds) ?? undefined),
  };
}

/** `m.server` as the deciding address gives it, valid or not. */
function wellKnownOf(facts: Facts): Item["value"] {
  const { wellKnown } = facts;
  if (wellKnown.status !== "done") return undefined;
  const decided = decidingAttempt(wellKnown.value.attempts, new Date(facts.startedAt));
  if (decided === null) {
    const host = facts.hosts.find((each) => each.host === wellKnown.value.host.toLowerCase());
    const isKnown =
      host !== undefined &&
      [host.a, host.aaaa].some(({ status }) => status === "done") &&
      ![host.a, host.aaaa].some((outcome) => lookupFailed(outcome) || outcome.status === "untested");
    return isKnown ? null : undefined;
  }
  const { result } = decided;
  if (result.kind === "untested") return undefined;
  return result.kind === "valid" || result.kind === "invalid-m-server" ? short(result.value) : null;
}

/** Null when there is no such record, undefined when nobody said so. */
function answered<R>(outcome: DnsOutcome<R>, text: (record: R) => string): Item["value"] {
  if (outcome.status !== "done" || lookupFailed(outcome)) return undefined;
  return listed(outcome.value.records.map(text));
}

function rotatingHosts(facts: Facts): Set<string> {
  const zones = facts.authoritative?.status === "done" ? facts.authoritative.value.zones : [];
  return new Set(zones.flatMap(({ changing }) => changing.map((question) => question.slice(0, question.indexOf(" ")))));
}

function attemptsOf(facts: Facts) {
  return facts.wellKnown.status === "done" ? facts.wellKnown.value.attempts : [];
}

/** Sorted, each once: the order is chance. */
function listed(items: readonly string[]): string | null {
  const sorted = [...new Set(items)].sort();
  if (sorted.length === 0) return null;
  return sorted.slice(0, MAX_ITEMS).map(short).join(", ") + (sorted.length > MAX_ITEMS ? ` and ${sorted.length - MAX_ITEMS} more` : "");
}

function short(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
