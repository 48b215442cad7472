/** How much of a plan is done already: what two checks saw, one of the server as it is, one as if the plan were published. Pure. */
import { SRV_SERVICES } from "../facts/way.ts";
import { DEFAULT_PORT } from "../matrix/paths.ts";
import type { Facts } from "../facts/facts.ts";
import type { Report } from "../facts/output.ts";
import { formatHostPort, type ServerName } from "../matrix/server-name.ts";
import { certificateFaults, synapseFaults } from "../views/certificate.ts";
import { certificateOf, endpointsOf } from "../views/endpoints.ts";
import { reachesServer } from "../views/endpoint-works.ts";
import { addressesOf, hasNoAddress, hostFacts, whyNoAddress } from "../views/hosts.ts";
import { withKeys } from "../views/keys-answer.ts";
import { done, judgedAt } from "../views/outcome.ts";
import { decidingSeen, seenBy } from "../views/well-known-read.ts";
import { list, quote, sentence } from "../views/words.ts";
import { certificateProblems } from "./certificate-problems.ts";

export type StepStatus =
  /** Nothing is known of it, or it is something to run. */
  | "to-do"
  /** There is something else in its place. */
  | "change"
  | "done";

export interface StepState {
  status: StepStatus;
  /** What is there today; sentences. */
  said: string;
}

/** Null: not known. */
export interface Present {
  dns: StepState | null;
  certificate: StepState | null;
  /** The configuration of the homeserver's host: the homeserver answers there, and is the right one. */
  homeserver: StepState | null;
  publish: StepState | null;
  verify: StepState | null;
  /** An address of each host that DNS knows, as it is written in --connect-to. */
  addresses: Readonly<Record<string, string>>;
  /** As --connect-to was given: it says where to try it. */
  connectTo: readonly string[];
  /** Names for which a good certificate is presented where it is needed. */
  goodCertificates: readonly string[];
  /** False: what is presented where the homeserver is isn't good. */
  certified: boolean;
  /** Something answers with TLS at https://<server name>; null: not known. */
  baseAnswers: boolean | null;
  /** The name by which the homeserver that answers there calls itself, where that is another one. */
  otherName: string | null;
  /** What leads homeservers today: a file with an m.server, and the hosts and ports that SRV records of the server name lead to. */
  decides: { file: boolean; srv: readonly (readonly [host: string, port: number])[] };
}

interface PresentOptions {
  serverName: ServerName;
  to: ServerName;
  via: "well-known" | "srv" | "none";
}

/** `now`: the server as it is. `planned`: the same name, with the well-known file or the SRV records of the plan. */
export function presentState(
  options: PresentOptions,
  { now, planned, connectTo = [] }: { now: Report; planned: Report; connectTo?: readonly string[] },
): Present {
  const { serverName: name, to, via } = options;
  const srv = via === "srv";
  const isHere = to.dnsHost === name.dnsHost;
  const hosts = [...(srv || name.kind !== "dns" ? [] : [name.dnsHost]), ...(to.kind !== "dns" || (isHere && !srv) ? [] : [to.dnsHost])];
  const base = via === "well-known" ? baseCertificate(name, now.facts) : null;
  const target = targetCertificate(planned.facts);
  const certificates = isHere && base?.port === target?.port ? [target] : [base, target];
  return {
    dns: dnsState(hosts, now.facts, planned.facts, srv ? to.dnsHost : null),
    certificate: certificateState(certificates.filter((each) => each !== null)),
    homeserver: homeserverState(planned),
    publish: via === "well-known" ? fileState(name, to, now) : srv ? srvState(name, to, now) : noneState(name, now),
    verify: verifyState(now, planned),
    addresses: Object.fromEntries(
      hosts.flatMap((host) => {
        const [address] = addressesIn(host, now.facts, planned.facts);
        return address === undefined ? [] : [[host, formatHostPort(address, null)]];
      }),
    ),
    connectTo,
    goodCertificates: certificates.flatMap((each) => (each?.good === true ? [each.name] : [])),
    certified: target?.good !== false,
    baseAnswers: baseAnswers(now.facts),
    otherName: otherName(planned),
    decides: {
      // What breaks the grammar is no valid file, and most homeservers don't go on without it.
      file: seenBy(now.facts).some(({ result }) => result.kind === "valid" || result.kind === "invalid-m-server"),
      // Names from DNS go into a command: only those that are some, and places that there can be.
      srv: srvTargets(name, now.facts).flatMap(({ target, port }) =>
        port > 0 && /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(target) ? [[target.toLowerCase(), port] as const] : [],
      ),
    },
  };
}

function addressesIn(host: string, ...all: Facts[]): string[] {
  return [...new Set(all.flatMap((facts) => hostFacts(facts, host) ?? []).flatMap(addressesOf))];
}

function dnsState(hosts: readonly string[], now: Facts, planned: Facts, srvTarget: string | null): StepState | null {
  const said: string[] = [];
  let status: StepStatus = "done";
  for (const host of hosts) {
    const known = hostFacts(planned, host) ?? hostFacts(now, host);
    const addresses = addressesIn(host, now, planned);
    const alias =
      host === srvTarget ? [known?.a, known?.aaaa].flatMap((each) => (each == null ? [] : (done(each)?.chain ?? [])))[0] : undefined;
    if (known === null) status = "to-do";
    else if (alias !== undefined) {
      status = "change";
      said.push(`${host} is an alias (CNAME) of ${alias.target}, which an SRV record may not lead to: give it addresses of its own.`);
    } else if (addresses.length > 0) said.push(`${host} leads to ${list(addresses)}.`);
    else {
      status = "to-do";
      said.push(hasNoAddress(known) ? sentence(whyNoAddress(known)) : `${host} couldn't be looked up.`);
    }
  }
  if (said.length === 0) return null;
  if (status === "done") said.push("Nothing to do, if that is the right machine.");
  return { status, said: said.join(" ") };
}

interface Presented {
  name: string;
  host: string;
  port: number;
  /** Null: nothing answers with TLS there. */
  good: boolean | null;
  said: string;
}

/** Of https://<server name>, before any redirect. */
function baseCertificate({ dnsHost: name }: ServerName, now: Facts): Presented | null {
  const place = { name, host: name, port: 443 };
  const all = now.wellKnown.status === "done" ? now.wellKnown.value.attempts.flatMap(({ hops: [first] }) => first?.connection ?? []) : [];
  for (const { tls, tcp } of all) {
    const seen = done(tls);
    if (seen === null) {
      if (tcp.status === "failed" || tls.status === "failed") return { ...place, good: null, said: `https://${name}/ doesn't answer` };
      continue;
    }
    const faults = certificateFaults(seen, name, false, judgedAt(now));
    const problems = [...certificateProblems(seen, name, faults, judgedAt(now)), ...synapseFaults(seen, name, false)];
    if (problems.length > 0) return { ...place, good: false, said: `https://${name}/: ${problems.join("; ")}` };
    if (tls.status === "done")
      return { ...place, good: true, said: `https://${name}/ has a good one, until ${seen.chain[0].notAfter.slice(0, 10)}` };
  }
  return null;
}

function baseAnswers(now: Facts): boolean | null {
  const all = now.wellKnown.status === "done" ? now.wellKnown.value.attempts.flatMap(({ hops: [first] }) => first?.connection ?? []) : [];
  if (all.some(({ tls }) => tls.status === "done")) return true;
  return all.length > 0 && all.every(({ tcp }) => tcp.status === "failed") ? false : null;
}

function targetCertificate(planned: Facts): Presented | null {
  if (planned.route === null) return null;
  const { tlsName: name } = planned.route;
  const seen = endpointsOf(planned).map((endpoint) => {
    const place = { name, host: endpoint.target.host, port: endpoint.target.port };
    const where = formatHostPort(endpoint.target.host, endpoint.target.port);
    const certificate = certificateOf(planned, endpoint);
    if (certificate === null)
      return endpoint.tcp.status === "failed" || endpoint.tls.status === "failed"
        ? { ...place, good: null, said: `${where} doesn't answer with TLS` }
        : null;
    const { tls, faults, synapseFaults: odd } = certificate;
    const problems = [...certificateProblems(tls, name, faults, judgedAt(planned)), ...odd];
    return problems.length > 0
      ? { ...place, good: false, said: `${where}: ${problems.join("; ")}` }
      : { ...place, good: true, said: `${where} has a good one, until ${tls.chain[0].notAfter.slice(0, 10)}` };
  });
  const known = seen.filter((each) => each !== null);
  return known.find(({ good }) => good !== true) ?? known[0] ?? null;
}

function certificateState(presented: readonly Presented[]): StepState | null {
  if (presented.length === 0) return null;
  const said = presented.map((each) => `${each.said}.`).join(" ");
  if (presented.every(({ good }) => good === true)) return { status: "done", said };
  return { status: presented.some(({ good }) => good === false) ? "change" : "to-do", said };
}

function homeserverState(report: Report): StepState | null {
  const { facts, findings, serverName } = report;
  const endpoints = endpointsOf(facts);
  const works = endpoints.map((endpoint) => reachesServer(facts, endpoint));
  const server = endpoints.map(({ version }) => done(version)?.server ?? null).find((each) => each !== null);
  const [place] = endpoints.map(({ target }) => formatHostPort(target.host, target.port));
  if (endpoints.length === 0 || works.includes(null)) return null;
  const product = server === undefined ? "a homeserver" : `${server.name} ${server.version}`.slice(0, 80);
  if (works.every((each) => each === true))
    return { status: "done", said: `${place ?? ""} is answered by ${product}, with the keys of ${serverName}.` };
  const isForwarded = endpoints.every(
    (endpoint) => done(endpoint.version)?.server != null && done(endpoint.keys)?.reading?.kind === "keys" && endpoint.tls.status === "done",
  );
  const faults = findings.filter(
    ({ severity, step }) => severity === "error" && ["address", "connect", "tls", "federation", "keys"].includes(step),
  );
  // What leads there isn't its fault: the plan's file may be the cause.
  const fault = faults.find(({ causedBy }) => !faults.some(({ code }) => code === causedBy));
  if (fault === undefined) return null;
  if (isForwarded && fault.step === "tls" && otherName(report) === null)
    return {
      status: endpoints.every((endpoint) => isRenewed(certificateOf(facts, endpoint))) ? "done" : "change",
      said: `${place ?? ""} is answered by ${product}; only the certificate isn't right (${fault.code}).`,
    };
  const answers = endpoints.some(({ tls }) => tls.status === "done");
  return {
    status: answers ? "change" : "to-do",
    said: `At ${place ?? ""} it doesn't work yet: ${fault.title} (explain ${fault.code}).`,
  };
}

/** A certificate of the same names takes the place of the old one, in the same file. */
function isRenewed(seen: ReturnType<typeof certificateOf>): boolean {
  return seen?.faults.every((fault) => fault === "expired" || fault === "not-yet-valid") ?? true;
}

/** By its keys, wherever there are some. */
function otherName({ facts, serverName }: Report): string | null {
  const names = withKeys(facts).map(({ reading }) => reading.serverName);
  return names.length > 0 && names.every((each) => each !== serverName) ? (names[0] ?? null) : null;
}

function fileState(name: ServerName, to: ServerName, { facts, steps }: Report): StepState | null {
  const url = `https://${name.dnsHost}/.well-known/matrix/server`;
  const wanted = formatHostPort(to.dnsHost, to.port);
  const seen = decidingSeen(facts);
  const srv = srvRecords(name, facts);
  const besides = srv.length === 0 ? "" : ` There are SRV records too (${list(srv, 2)}): remove them 48 h after the file is there.`;
  if (seen !== null) {
    const { value } = seen.result;
    if (value.toLowerCase() === wanted.toLowerCase()) return { status: "done", said: `${url} says ${wanted}.${besides}` };
    return { status: "change", said: `You have ${quote(value, 255)} at ${url}: change it to "${wanted}".${besides}` };
  }
  const step = steps.find(({ id }) => id === "well-known");
  if (facts.wellKnown.status !== "done" || step === undefined) return null;
  return { status: "to-do", said: `There is no valid file at ${url} yet. ${sentence(step.detail.replace(/\.$/, ""))}${besides}` };
}

/** `10 0 8448 hs.example.net.` of the services that homeservers ask for, at the server name itself. */
function srvRecords(name: ServerName, facts: Facts): string[] {
  return srvTargets(name, facts).map(({ service, target, port }) => `${service} → ${formatHostPort(target, port)}`);
}

function srvTargets(name: ServerName, facts: Facts): { service: string; target: string; port: number }[] {
  return SRV_SERVICES.flatMap((service) => {
    const found = facts.srv.find((srv) => srv.service === service && srv.base.toLowerCase() === name.dnsHost);
    const records = found === undefined ? [] : (done(found.outcome)?.records ?? []);
    return records.map(({ target, port }) => ({ service, target, port }));
  });
}

function srvState(name: ServerName, to: ServerName, { facts }: Report): StepState | null {
  const seen = decidingSeen(facts);
  if (seen !== null)
    return {
      status: "change",
      said: `You have a valid file at https://${name.dnsHost}/.well-known/matrix/server (${quote(seen.result.value, 255)}), which wins over SRV records: remove it.`,
    };
  const answered = facts.srv.filter(({ base, outcome }) => base.toLowerCase() === name.dnsHost && outcome.status === "done");
  if (answered.length === 0) return null;
  const wanted = formatHostPort(to.dnsHost, to.port ?? DEFAULT_PORT);
  const records = srvRecords(name, facts);
  if (records.length === 0) return { status: "to-do", said: `${name.dnsHost} has no SRV records for Matrix yet.` };
  const isRight =
    records.every((record) => record.toLowerCase().endsWith(`→ ${wanted}`)) && records.some((record) => record.startsWith("_matrix-fed."));
  return isRight
    ? { status: "done", said: `You have ${list(records)}.` }
    : { status: "change", said: `You have ${list(records)}: change that to the records below.` };
}

/** Without a delegation there must be nothing that leads elsewhere. */
function noneState(name: ServerName, { facts }: Report): StepState | null {
  if (name.kind !== "dns" || name.port !== null) return null;
  const seen = decidingSeen(facts);
  const records = srvRecords(name, facts);
  const there = [
    ...(seen === null ? [] : [`a valid file at https://${name.dnsHost}/.well-known/matrix/server (${quote(seen.result.value, 255)})`]),
    ...(records.length === 0 ? [] : [`SRV records (${list(records)})`]),
  ];
  return there.length === 0 ? null : { status: "change", said: `You have ${list(there)}: remove that, it wins over port 8448.` };
}

function verifyState(now: Report, planned: Report): StepState | null {
  const sameRoute =
    now.route !== null &&
    planned.route !== null &&
    JSON.stringify(places(now)) === JSON.stringify(places(planned)) &&
    now.route.via === planned.route.via;
  return (now.verdict === "pass" || now.verdict === "warn") && sameRoute
    ? { status: "done", said: `The check of today: ${now.verdict}, ${now.summary}` }
    : null;
}

function places({ route }: Report): string[] {
  return (route?.targets ?? []).map(({ host, port }) => formatHostPort(host.toLowerCase(), port));
}
