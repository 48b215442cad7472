/** The evidence in the terminal report (`-v`): route, every well-known hop, every DNS answer, every endpoint. */
import { isIpLiteral, place } from "../facts/address.ts";
import type {
  AddressRecord,
  CnameLink,
  DnsOutcome,
  EndpointFacts,
  Hop,
  HttpFacts,
  SrvRecord,
  TargetFacts,
  WellKnownAttempt,
} from "../facts/facts.ts";
import { extendedErrorName } from "../views/dns-outcome.ts";
import type { Endpoint, Report, Route, Target } from "../facts/output.ts";
import { AFTER_GREEN, AFTER_GREEN_INTRODUCTION } from "./after-green.ts";
import { clientRows } from "./client-text.ts";
import { clueRows } from "./pretty-clues.ts";
import { connectionRows, httpRows, outcomeText, took, tried, type Row, type ShownCertificates, type Tried } from "./pretty-connection.ts";
import { displayWidth, wrap } from "./harmless.ts";
import { cacheRows, nameserverRows } from "./pretty-dns.ts";
import { beside, type Paper } from "./pretty-style.ts";
import { reachRows } from "./reach-text.ts";
import { wayLines } from "./pretty-way.ts";

/** A part of the evidence under its heading. Its texts are made safe where they are shown. */
export interface Section {
  heading: string;
  rows: Row[];
}

/** All the evidence in order; nothing where there is none. */
export function evidenceSections(report: Report): Section[] {
  const sections: Section[] = [
    { heading: "Route", rows: routeRows(report.route) },
    { heading: "Well-known", rows: wellKnownRows(report) },
    { heading: "DNS", rows: dnsRows(report) },
    { heading: "Nameservers", rows: nameserverRows(report.facts) },
    { heading: "Endpoints", rows: endpointSections(report) },
    { heading: "Clients", rows: clientRows(report.facts) },
    { heading: "Clues", rows: clueRows(report.facts.clues) },
    { heading: "Homeservers", rows: reachRows(report) },
    { heading: "Caches", rows: cacheRows(report.caches ?? []) },
  ];
  return sections.filter(({ rows }) => rows.length > 0);
}

/** Blocks of lines, each with its heading. */
export function evidenceLines(paper: Paper, report: Report): string[][] {
  const way = wayLines(paper, report);
  const blocks = [
    ...(way.length === 0 ? [] : [[paper.chalk.bold("The way"), ...way]]),
    ...evidenceSections(report).map(({ heading, rows }) => section(paper, heading, rows)),
  ];
  return report.verdict === "pass" ? [...blocks, afterGreen(paper)] : blocks;
}

/** Where a homeserver would connect, and what it would say there: what `resolve` is asked for. */
export function routeLines(paper: Paper, report: Report): string[][] {
  return [section(paper, "Route", resolvedRows(report))];
}

/** The same as rows. */
export function resolvedRows(report: Report): Row[] {
  const rows = routeRows(report.route);
  const addresses = report.route?.targets.flatMap(({ endpoints }) => endpoints.map(({ address, port }) => place(address, port))) ?? [];
  if (addresses.length > 0) rows.push({ level: 0, label: "connects to", text: addresses.join(", ") });
  return rows;
}

/** The same as one safe line; null where something else was asked for, or nothing could be decided. */
export function resolvedInOneLine(paper: Paper, { facts, route }: Report): string | null {
  if (facts.settings.probe || route === null) return null;
  const { hostHeader, tlsName, specStep, via } = route;
  // In the order in which they are tried.
  const places = route.targets.map(({ host, port }) => paper.line(place(host, port)));
  const where = places.length === 0 ? "no target" : `target ${places.join(", ")}`;
  const sni = isIpLiteral(tlsName) ? "none" : tlsName;
  return `${where}  ${paper.line(`Host ${hostHeader}`)}  ${paper.line(`SNI ${sni}`)}  spec step ${specStep} (${via})`;
}

const LABEL_COLUMNS = 14;

/** Labels that are longer than this have their text two columns behind them. */
const MOST_LABEL_COLUMNS = 20;

/** Characters of a row's text that are shown. */
export const ROW_LENGTH = 600;

function section(paper: Paper, heading: string, rows: readonly Row[]): string[] {
  const longest = Math.max(
    ...rows.map(({ label }) => displayWidth(paper.line(label)) + 2).filter((columns) => columns <= MOST_LABEL_COLUMNS),
  );
  const columns = Math.max(LABEL_COLUMNS, longest);
  const lines = rows.flatMap(({ level, label, text }) => {
    const indent = " ".repeat(2 + 2 * level);
    const safe = paper.line(text, ROW_LENGTH);
    if (label === "") return wrap(safe, paper.width, indent.length);
    return beside(paper.width, `${indent}${`${paper.line(label)}  `.padEnd(columns)}`, safe, paper.chalk.dim);
  });
  return [paper.chalk.bold(heading), ...lines];
}

function afterGreen(paper: Paper): string[] {
  const lines = AFTER_GREEN.flatMap(({ what, advice }) => wrap(paper.line(`${what}: ${advice}`, 1000), paper.width, 4));
  return [paper.chalk.bold("After a green result"), ...wrap(AFTER_GREEN_INTRODUCTION, paper.width, 2), ...lines];
}

function routeRows(route: Route | null): Row[] {
  if (route === null) return [{ level: 0, label: "", text: "none: nothing could be decided" }];
  const rows: Row[] = [{ level: 0, label: "spec step", text: `${route.specStep} of "Resolving server names", via ${route.via}` }];
  if (route.delegatedName !== null) rows.push({ level: 0, label: "delegated", text: `${route.delegatedName} (m.server)` });
  rows.push({ level: 0, label: "Host", text: route.hostHeader });
  const isIp = isIpLiteral(route.tlsName);
  rows.push({ level: 0, label: "SNI", text: isIp ? "none, as for every IP address" : route.tlsName });
  rows.push({ level: 0, label: "certificate", text: `must cover ${route.tlsName}${isIp ? " as an iPAddress" : ""}` });
  for (const target of route.targets) rows.push({ level: 0, label: "target", text: targetText(target) });
  if (route.targets.length === 0) rows.push({ level: 0, label: "target", text: "none" });
  return rows;
}

function targetText({ host, port, srv }: Pick<Target, "host" | "port" | "srv">): string {
  const at = place(host, port);
  return srv === undefined ? at : `${at}, ${srv.service}, priority ${srv.priority}, weight ${srv.weight}`;
}

function wellKnownRows(report: Report): Row[] {
  const { wellKnown } = report.facts;
  if (wellKnown.status !== "done") return [{ level: 0, label: "", text: outcomeText(wellKnown) }];
  const { url, attempts } = wellKnown.value;
  const rows: Row[] = [{ level: 0, label: "", text: url }];
  if (attempts.length === 0) rows.push({ level: 1, label: "", text: "no address to ask" });
  const shown: ShownCertificates = new Map();
  return [...rows, ...attempts.flatMap((attempt) => attemptRows(attempt, url, shown))];
}

function attemptRows(attempt: WellKnownAttempt, url: string, shown: ShownCertificates): Row[] {
  const rows: Row[] = [{ level: 1, label: "", text: `from ${attempt.file ?? place(attempt.address, attempt.port)}${took(attempt.ms)}` }];
  // The first is the URL above.
  for (const hop of attempt.hops) rows.push(...hopRows(hop, hop === attempt.hops[0] && hop.url === url, shown));
  if (attempt.stopped !== null) rows.push({ level: 2, label: "stopped", text: STOPPED[attempt.stopped] });
  const { reading } = attempt;
  if (reading?.kind === "m.server") rows.push({ level: 2, label: "m.server", text: JSON.stringify(reading.value) });
  if (reading?.kind === "not-json") {
    rows.push({ level: 2, label: "no JSON", text: `${reading.problem} at character ${reading.position}: ${reading.message}` });
  }
  if (reading?.kind === "no-m-server") {
    rows.push({ level: 2, label: "no m.server", text: `${reading.problem}; keys: ${reading.keys.join(", ") || "none"}` });
  }
  return rows;
}

const STOPPED: Readonly<Record<NonNullable<WellKnownAttempt["stopped"]>, string>> = {
  loop: "the redirects lead in a circle",
  "too-many": "too many redirects",
  scheme: "a redirect to a scheme that isn't followed",
};

function hopRows(hop: Hop, isKnown: boolean, shown: ShownCertificates): Row[] {
  const level = isKnown ? 2 : 3;
  const rows: Row[] = isKnown ? [] : [{ level: 2, label: "GET", text: hop.url }];
  if (hop.connection !== null) rows.push(...connectionRows(hop.connection, level, shown));
  rows.push(...tried([["answer", hop.response]], level, () => httpRows("answer", hop.response, (http: HttpFacts) => http, level)));
  if (hop.location !== null) rows.push({ level, label: "redirects to", text: hop.location });
  return rows;
}

function dnsRows(report: Report): Row[] {
  const srv = report.facts.srv.flatMap(({ service, base, outcome }) => dnsAnswerRows(`${service}.${base} SRV`, outcome, srvText));
  const hosts = report.facts.hosts.flatMap(({ host, a, aaaa }) => [
    ...dnsAnswerRows(`${host} A`, a, addressText),
    ...dnsAnswerRows(`${host} AAAA`, aaaa, addressText),
  ]);
  return [...srv, ...hosts];
}

const srvText = (record: SrvRecord): string => `${record.priority} ${record.weight} ${record.port} ${record.target}, TTL ${record.ttl} s`;
const addressText = (record: AddressRecord): string => `${record.address}, TTL ${record.ttl} s`;
const linkText = (link: CnameLink): string => `${link.name} → ${link.target}, TTL ${link.ttl} s`;

/** More records than a screen holds are counted, not shown. */
const MOST_RECORDS = 50;

function dnsAnswerRows<R>(question: string, outcome: DnsOutcome<R>, show: (record: R) => string): Row[] {
  const rows: Row[] = [{ level: 0, label: "", text: question }];
  if (outcome.status !== "done") return [...rows, { level: 1, label: "", text: outcomeText(outcome) }];
  const answer = outcome.value;
  const authentic = answer.authenticated ? "AD" : "no AD";
  rows.push({
    level: 1,
    label: "answer",
    text: `${answer.rcode} from ${answer.resolver} over ${answer.transport}, ${authentic}${took(outcome.ms)}`,
  });
  for (const link of answer.chain) rows.push({ level: 1, label: "CNAME", text: linkText(link) });
  if (answer.loop) rows.push({ level: 1, label: "CNAME", text: "the chain leads in a circle, or is too long" });
  for (const record of answer.records.slice(0, MOST_RECORDS)) rows.push({ level: 1, label: "record", text: show(record) });
  if (answer.records.length === 0 && ["NOERROR", "NXDOMAIN"].includes(answer.rcode)) {
    const kept =
      answer.negativeTtl === null
        ? "without an SOA record: resolvers don't keep this answer"
        : `resolvers keep this answer for ${answer.negativeTtl} s`;
    rows.push({ level: 1, label: "no record", text: kept });
  }
  if (answer.records.length > MOST_RECORDS) rows.push({ level: 1, label: "", text: `and ${answer.records.length - MOST_RECORDS} more` });
  for (const error of answer.extendedErrors) {
    rows.push({
      level: 1,
      label: "extended",
      text: `error ${extendedErrorName(error.code)}${error.text === "" ? "" : `: ${error.text}`} (RFC 8914)`,
    });
  }
  if (answer.checkingDisabled !== null) {
    const { rcode, records } = answer.checkingDisabled;
    rows.push({ level: 1, label: "with CD=1", text: `${rcode}, ${records} records` });
  }
  return rows;
}

function endpointSections({ facts, route }: Report): Row[] {
  const shown: ShownCertificates = new Map();
  return facts.targets.flatMap((target) => targetRows(target, route, shown));
}

function targetRows(target: TargetFacts, route: Route | null, shown: ShownCertificates): Row[] {
  const overridden = target.overridden ? ", addresses from --connect-to" : "";
  const rows: Row[] = [{ level: 0, label: "", text: `${targetText(target)}${overridden}` }];
  if (target.endpoints.length === 0) rows.push({ level: 1, label: "", text: "no address" });
  const judged = route?.targets.find((other) => other.host === target.host && other.port === target.port);
  for (const endpoint of target.endpoints) {
    const seen = judged?.endpoints.find((other) => other.address === endpoint.address && other.port === endpoint.port);
    rows.push(...endpointRows(endpoint, seen, shown));
  }
  return rows;
}

function endpointRows(endpoint: EndpointFacts, judged: Endpoint | undefined, shown: ShownCertificates): Row[] {
  const codes = judged === undefined || judged.findings.length === 0 ? "" : `: ${judged.findings.join(", ")}`;
  const status = judged === undefined ? "" : `  ${judged.status}${codes}`;
  const { version, keys, put, encodedPath, hostPort, olderTls, alpn } = endpoint;
  const all: Tried[] = [
    ["version", version],
    ["keys", keys],
    ...(put === undefined ? [] : ([["unsigned PUT", put]] as const)),
    ["encoded path", encodedPath],
    ["host:port", hostPort],
    ["older TLS", olderTls],
    ["ALPN", alpn],
  ];
  return [
    { level: 1, label: "", text: `${place(endpoint.address, endpoint.port)}${status}` },
    ...connectionRows(endpoint, 2, shown),
    // Why a request wasn't needed is of no interest where none was possible.
    ...tried(endpoint.tcp.status === "done" ? all : [], 2, (label) => {
      switch (label) {
        case "version":
          return [...httpRows("version", version, ({ response }) => response, 2), ...serverRows(version)];
        case "keys":
          return [...httpRows("keys", keys, ({ response }) => response, 2), ...keyRows(endpoint)];
        case "unsigned PUT":
          return put === undefined ? [] : httpRows(label, put, (http) => http, 2, "brief");
        case "encoded path":
          return httpRows(label, encodedPath, (http) => http, 2, "brief");
        case "host:port":
          return httpRows(label, hostPort, (http) => http, 2, "brief");
        case "older TLS":
          return [{ level: 2, label, text: outcomeText(olderTls, ({ protocol }) => protocol) }];
        default:
          return [{ level: 2, label, text: outcomeText(alpn, ({ protocol }) => protocol ?? "nothing chosen") }];
      }
    }),
  ];
}

function serverRows(version: EndpointFacts["version"]): Row[] {
  if (version.status !== "done") return [];
  const { server, problem } = version.value;
  return [
    ...(server === null ? [] : [{ level: 2, label: "server", text: `${server.name} ${server.version}` }]),
    ...(problem === null ? [] : [{ level: 2, label: "problem", text: problem }]),
  ];
}

function keyRows({ keys }: EndpointFacts): Row[] {
  if (keys.status !== "done" || keys.value.reading === null) return [];
  const { reading } = keys.value;
  switch (reading.kind) {
    case "not-json":
      return [{ level: 2, label: "no JSON", text: reading.message }];
    case "malformed":
      return [{ level: 2, label: "malformed", text: `${reading.field}: ${reading.problem}` }];
    case "keys": {
      const rows: Row[] = [
        { level: 2, label: "server_name", text: reading.serverName },
        { level: 2, label: "valid until", text: instant(reading.validUntil) },
      ];
      for (const key of reading.verifyKeys.slice(0, MOST_RECORDS)) {
        rows.push({
          level: 2,
          label: "verify key",
          text: `${key.id}, signature ${key.signature}${key.problem === null ? "" : `, ${key.problem}`}`,
        });
      }
      if (reading.oldKeyIds.length > 0)
        rows.push({ level: 2, label: "old keys", text: reading.oldKeyIds.slice(0, MOST_RECORDS).join(", ") });
      return rows;
    }
  }
}

/** ISO 8601, or the bare number when it is no time that a Date can hold. */
function instant(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
