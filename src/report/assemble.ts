/** Facts and findings → the report: route with its endpoints, steps, verdict, summary. */
import type { Judged } from "./judged.ts";
import { endpointWorks } from "../views/endpoint-works.ts";
import { breaksEndpoint } from "../facts/breaks.ts";
import type { EndpointFacts, Facts, TargetFacts } from "../facts/facts.ts";
import type { Endpoint, Finding, Report, Route, Target } from "../facts/output.ts";
import { place } from "../facts/address.ts";
import { isLeftOut } from "../views/route.ts";
import { oneLine } from "../views/words.ts";
import { cachesOf } from "./caches.ts";
import { stepsOf } from "./steps.ts";
import { verdictOf } from "./verdict.ts";

export function assemble(facts: Facts, judged: Judged): Report {
  const { broken, reach, machine } = judged;
  const route = facts.route === null ? null : routeOf(facts, facts.route, judged);
  const verdict = verdictOf(judged.findings, isInconclusive(facts, route), (code) => machine.get(code) === "blinds");
  const findings = verdict === "inconclusive" ? reasonsFirst(judged.findings, machine) : judged.findings;
  const report: Report = {
    serverName: facts.serverName,
    verdict,
    summary: oneLine(summaryOf(facts, route, verdict, { findings, machine })),
    startedAt: facts.startedAt,
    durationMs: facts.durationMs,
    route,
    steps: stepsOf(facts, route, judged),
    findings,
    // Nothing is known of a homeserver that nobody went to.
    reach: verdict === "inconclusive" || !facts.settings.probe ? [] : [...reach],
    facts,
  };
  const caches = cachesOf(facts);
  if (caches.length > 0) report.caches = caches;
  if (broken.length > 0)
    report.internalErrors = broken.map(({ code, error }) => `${code}: ${error instanceof Error ? error.message : String(error)}`);
  return report;
}

const REASONS = { blinds: 0, limits: 1, none: 2 } as const;

/** Why nothing could be found out leads the report: first what makes this machine see what isn't so, then what it couldn't see. */
function reasonsFirst(findings: readonly Finding[], machine: Judged["machine"]): Finding[] {
  const rank = ({ code }: Finding): number => REASONS[machine.get(code) ?? "none"];
  return findings.toSorted((one, other) => rank(one) - rank(other));
}

function routeOf(facts: Facts, route: NonNullable<Facts["route"]>, judged: Judged): Route {
  const { specStep, via, delegatedName, hostHeader, tlsName } = route;
  return { specStep, via, delegatedName, hostHeader, tlsName, targets: facts.targets.map((target) => targetOf(facts, target, judged)) };
}

function targetOf(facts: Facts, target: TargetFacts, judged: Judged): Target {
  const { host, port, srv } = target;
  return {
    host,
    port,
    ...(srv === undefined ? {} : { srv }),
    endpoints: target.endpoints.map((endpoint) => endpointOf(facts, endpoint, judged)),
  };
}

function endpointOf(facts: Facts, observed: EndpointFacts, { findings, breaks }: Judged): Endpoint {
  const { address, family, port, tcp, tls, version, keys } = observed;
  const at = place(address, port);
  const here = findings.filter((finding) => finding.where.includes(at) && finding.step !== "well-known");
  const isBroken = here.some(({ code, severity }) => severity === "error" && breaksEndpoint(breaks.get(code)));
  const endpoint: Endpoint = {
    address,
    family,
    port,
    status: statusOf(endpointWorks(facts, observed), isBroken),
    findings: [...new Set(here.map(({ code }) => code))],
    timings: {},
  };
  if (tcp.status === "done") endpoint.timings.connectMs = tcp.ms;
  if (tls.status === "done") {
    const { protocol, cipher, chain, trust } = tls.value;
    const { subject, issuer, dnsNames, ipAddresses, notBefore, notAfter, sha256 } = chain[0];
    endpoint.timings.tlsMs = tls.ms;
    endpoint.tls = {
      protocol,
      cipher,
      certificate: { subject, issuer, names: [...dnsNames, ...ipAddresses], notBefore, notAfter, sha256 },
      chainLength: chain.length,
      trusted: trust.anchor !== null && trust.verifyError === null,
    };
  }
  if (version.status === "done") {
    endpoint.timings.versionMs = version.ms;
    if (version.value.server !== null) endpoint.server = version.value.server;
  }
  if (keys.status === "done") {
    endpoint.timings.keysMs = keys.ms;
    const reading = keys.value.reading;
    if (reading?.kind === "keys" && Math.abs(reading.validUntil) <= 8.64e15) {
      endpoint.keys = { validUntil: new Date(reading.validUntil).toISOString(), keyIds: reading.verifyKeys.map(({ id }) => id) };
    }
  }
  return endpoint;
}

function statusOf(works: boolean | null, isBroken: boolean): Endpoint["status"] {
  if (works === false || isBroken) return "failed";
  return works === null ? "untested" : "ok";
}

/**
 * Nothing could be judged because of this machine: no route was found, or no endpoint is known to work and one that may couldn't be tested.
 * An error outweighs it.
 */
function isInconclusive(facts: Facts, route: Route | null): boolean {
  if (route === null) return true;
  if (!facts.settings.probe) return false;
  const endpoints = route.targets.flatMap((target) => target.endpoints);
  return (
    !endpoints.some(({ status }) => status === "ok") &&
    (endpoints.length === 0 ||
      endpoints.some(({ status }) => status === "untested") ||
      facts.targets.some((target) => isLeftOut(facts, target)))
  );
}

function summaryOf(
  facts: Facts,
  route: Route | null,
  verdict: Report["verdict"],
  { findings, machine }: { findings: readonly Finding[]; machine: Judged["machine"] },
): string {
  const [first] = findings;
  const lead = first === undefined ? "" : `${first.title} (${first.code})`;
  const others = findings.filter(({ severity, causedBy }) => severity !== "info" && causedBy === null).length - 1;
  const more = others > 0 ? `, and ${others} more` : "";
  switch (verdict) {
    case "pass":
      return facts.settings.probe
        ? `Federation works for ${facts.serverName}.`
        : `${facts.serverName} resolves to ${targetsInWords(route)}.`;
    case "warn":
      return facts.settings.probe
        ? `Federation works for ${facts.serverName}, but: ${lead}${more}.`
        : `${facts.serverName} resolves to ${targetsInWords(route)}, but: ${lead}${more}.`;
    case "fail":
      // What clients need is no part of federation.
      if (first?.step === "client")
        return `${federationInWords(facts, route)} Clients have trouble with ${facts.serverName}: ${lead}${more}.`;
      if (first?.step === "policy") return `${facts.serverName} is not as expected: ${lead}${more}.`;
      return `Federation is broken for ${facts.serverName}: ${lead}${more}.`;
    case "inconclusive": {
      // The finding that says why may be ignored.
      const reason = first !== undefined && machine.has(first.code) ? `: ${firstSentence(first.detail)}` : ".";
      return `${facts.serverName} could not be checked from this machine${reason}`;
    }
  }
}

/** Where no error is about federation. */
function federationInWords(facts: Facts, route: Route | null): string {
  if (isInconclusive(facts, route)) return "Whether federation works could not be found out.";
  return `Federation works for ${facts.serverName}.`;
}

/** Up to the first full stop that ends a sentence. */
function firstSentence(text: string): string {
  const end = text.indexOf(". ");
  return end === -1 ? text : text.slice(0, end + 1);
}

function targetsInWords(route: Route | null): string {
  const [first, ...others] = route?.targets ?? [];
  if (first === undefined) return "no target";
  return `${place(first.host, first.port)}${others.length > 0 ? ` and ${others.length} more` : ""}`;
}
