/**
 * A report in the words of matrix.org's federation tester (github.com/matrix-org/matrix-federation-tester, `ServerReport` in main.go, and
 * gomatrixserverlib's `KeyChecks`): the same names, types, nulls and nesting, so that what reads that reads this. What has no counterpart
 * here is null or empty.
 *
 * Three things differ on purpose. FederationOK is this tool's verdict. What is asked is what the specification says: no well-known for a
 * name with a port, `_matrix-fed._tcp` before `_matrix._tcp`. And an address that this machine couldn't test is no connection error.
 */
import type { CertificateFacts, DnsOutcome, EndpointFacts, Facts, HostFacts, SrvFacts, SrvRecord, TlsFacts } from "../facts/facts.ts";
import type { Report } from "../facts/output.ts";
import { place } from "../facts/address.ts";
import { wellKnownCacheSeconds } from "../matrix/cache-time.ts";
import { keysResponse } from "../matrix/signing-keys.ts";
import { certificateOf } from "../views/endpoints.ts";
import { lookupFailed, lookupFailure } from "../views/dns-outcome.ts";
import { ed25519, type ReadKeys } from "../views/keys-faults.ts";
import { hasNoAddress, hostFacts } from "../views/hosts.ts";
import { judgedAt } from "../views/outcome.ts";
import { whyNoAddressAt } from "../views/redirect-host.ts";
import { decidingAttempt, type WellKnownResult } from "../views/well-known-result.ts";
import { harmless } from "../report/harmless.ts";

interface Message {
  Message: string;
}

export interface OfficialReport {
  /** Absent in Go when empty. */
  Error?: string;
  WellKnownResult: { "m.server": string; result?: string; CacheExpiresAt: number };
  DNSResult: {
    SRVSkipped: boolean;
    SRVCName: string;
    SRVRecords: { Target: string; Port: number; Priority: number; Weight: number }[] | null;
    SRVError: Message | null;
    Hosts: Record<string, { CName: string; Addrs: string[] | null; Error: Message | null }> | null;
    Addrs: string[] | null;
  };
  ConnectionReports: Record<string, ConnectionReport>;
  ConnectionErrors: Record<string, Message>;
  Version: { name?: string; version?: string; error?: string };
  FederationOK: boolean;
}

export interface ConnectionReport {
  Certificates: { SubjectCommonName: string; IssuerCommonName: string; SHA256Fingerprint: string; DNSNames: string[] | null }[];
  Cipher: { Version: string; CipherSuite: string };
  Checks: {
    AllChecksOK: boolean;
    MatchingServerName: boolean;
    FutureValidUntilTS: boolean;
    HasEd25519Key: boolean;
    AllEd25519ChecksOK: boolean | null;
    Ed25519Checks: Record<string, { ValidEd25519: boolean; MatchingSignature: boolean }>;
    ValidCertificates: boolean;
  };
  Errors: Message[];
  Ed25519VerifyKeys: Record<string, string> | null;
  Info: Record<string, never>;
  Keys: unknown;
}

export function isFederationOk({ verdict }: Pick<Report, "verdict">): boolean {
  return verdict === "pass" || verdict === "warn";
}

export function officialReport(report: Report): OfficialReport {
  const { facts } = report;
  const wellKnown = decidingWellKnown(facts);
  const invalid = wellKnown?.kind === "invalid-m-server" ? wellKnown.value : null;
  const error =
    report.verdict === "inconclusive"
      ? report.summary
      : invalid === null
        ? null
        : `Invalid server name '${harmless(invalid, 300)}' in .well-known result`;
  const reports: OfficialReport["ConnectionReports"] = {};
  const errors: OfficialReport["ConnectionErrors"] = {};
  for (const endpoint of facts.targets.flatMap(({ endpoints }) => endpoints)) {
    const at = place(endpoint.address, endpoint.port);
    const connected = connectionReport(report, endpoint);
    const problem = connected === null ? connectionError(endpoint) : null;
    if (connected !== null) reports[at] = connected;
    if (problem !== null) errors[at] = { Message: problem };
  }
  return {
    ...(error === null ? {} : { Error: error }),
    WellKnownResult: wellKnownReport(facts, wellKnown),
    DNSResult: dnsResult(facts),
    ConnectionReports: sorted(reports),
    ConnectionErrors: sorted(errors),
    Version: versionReport(report),
    FederationOK: isFederationOk(report),
  };
}

/** As Go writes it: two spaces a level, keys of maps in order, nothing that could be HTML. */
export function officialJson(report: Report): string {
  return JSON.stringify(officialReport(report), null, 2).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

// The well-known

function decidingWellKnown(facts: Facts): WellKnownResult | null {
  return facts.wellKnown.status === "done" ? (decidingAttempt(facts.wellKnown.value.attempts, judgedAt(facts))?.result ?? null) : null;
}

function wellKnownReport(facts: Facts, result: WellKnownResult | null): OfficialReport["WellKnownResult"] {
  const { wellKnown, startedAt } = facts;
  const none = (why: string): OfficialReport["WellKnownResult"] => ({ "m.server": "", result: harmless(why, 500), CacheExpiresAt: 0 });
  if (wellKnown.status === "skipped") return none(`not needed: ${wellKnown.note}`);
  if (result === null) return none(whyNotAsked(facts));
  switch (result.kind) {
    case "valid":
    case "invalid-m-server": {
      const { response } = result.hop;
      const cache = response.status === "done" ? wellKnownCacheSeconds(response.value.headers, new Date(startedAt)) : null;
      // The official tester says 0 where the headers say nothing.
      const expires = cache === null || cache.source === "default" ? 0 : Math.floor(Date.parse(startedAt) / 1000) + cache.seconds;
      return { "m.server": result.value, CacheExpiresAt: expires };
    }
    case "status":
      // There it is the same for every status, and nobody could see why.
      return none(`No .well-known found${result.response.status === 404 ? "" : ` (status ${result.response.status})`}`);
    case "unreadable":
      return none(
        result.reading.kind === "not-json"
          ? `the .well-known file is not JSON: ${result.reading.message}`
          : "No m.server key found in well-known response",
      );
    case "too-large":
      return none("the .well-known file is too large");
    case "redirect":
      return none(`the .well-known file is redirected without end, or to where nobody follows (${result.problem})`);
    case "certificate":
      return none(`the certificate of ${result.hop.host} is not valid (${result.faults.join(", ")})`);
    case "handshake":
    case "unreachable":
    case "timeout":
    case "not-http":
      return none(`Get "${result.hop.url}": ${result.error.message}`);
    case "http2-only":
      return none(`Get "${result.hop.url}": HTTP/2 only`);
    case "no-address":
      return none(`Get "${result.hop.url}": ${result.hop.host} ${NO_ADDRESS[whyNoAddressAt(facts, result.hop)]}`);
    case "not-public":
      return none(`Get "${result.hop.url}": ${result.hop.host} has an address that isn't public`);
    case "untested":
      return none(NOT_FROM_HERE);
  }
}

/** No address was asked: that there is none is only known where DNS says so. */
function whyNotAsked(facts: Facts): string {
  const { wellKnown } = facts;
  const host = wellKnown.status === "done" ? hostFacts(facts, wellKnown.value.host) : null;
  if (host === null) return NOT_FROM_HERE;
  const why = whyNoAddressAt(facts, host);
  return why !== "no-address" || hasNoAddress(host) ? `No .well-known found: the host ${NO_ADDRESS[why]}` : NOT_FROM_HERE;
}

const NOT_FROM_HERE = "the .well-known file couldn't be asked for from this machine";

const NO_ADDRESS = {
  "no-address": "has no address",
  "lookup-failed": "can't be looked up",
  "cname-loop": "is an alias that leads in a circle",
} as const;

// DNS

function dnsResult(facts: Facts): OfficialReport["DNSResult"] {
  const asked = facts.srv.filter(({ role }) => role === "route");
  const used = usedSrv(facts, asked);
  const hosts = hostResults(facts, used);
  const addresses = facts.targets.flatMap(({ endpoints }) => endpoints.map(({ address, port }) => place(address, port)));
  return {
    SRVSkipped: asked.length === 0,
    SRVCName: used === null ? "" : dotted(canonicalName(used.outcome, `${used.service}.${used.base}`)),
    SRVRecords: used === null ? null : usedRecords(used),
    SRVError: used !== null || asked.length === 0 ? null : { Message: asked.map(srvProblem).join("; ") },
    Hosts: facts.route === null ? null : hosts,
    Addrs: addresses.length === 0 ? null : addresses,
  };
}

function usedRecords({ outcome }: SrvFacts): NonNullable<OfficialReport["DNSResult"]["SRVRecords"]> {
  const records: readonly SrvRecord[] = outcome.status === "done" ? outcome.value.records : [];
  return records
    .toSorted((one, other) => one.priority - other.priority)
    .map(({ target, port, priority, weight }) => ({ Target: dotted(target), Port: port, Priority: priority, Weight: weight }));
}

/** The question whose records lead to the homeserver. */
function usedSrv({ route }: Facts, asked: readonly SrvFacts[]): SrvFacts | null {
  if (route?.via !== "srv") return null;
  return asked.find(({ outcome }) => outcome.status === "done" && outcome.value.records.length > 0) ?? null;
}

function srvProblem({ service, base, outcome }: SrvFacts): string {
  const name = `lookup ${service}.${base}`;
  if (outcome.status === "done" && !lookupFailed(outcome)) return `${name}: no such host`;
  return harmless(`${name}: ${lookupFailure(outcome)}`, 500);
}

function hostResults(facts: Facts, used: SrvFacts | null): NonNullable<OfficialReport["DNSResult"]["Hosts"]> {
  const results: NonNullable<OfficialReport["DNSResult"]["Hosts"]> = {};
  for (const { host } of facts.targets) {
    // Go has names in SRV records with their final dot.
    const name = used === null ? host : dotted(host);
    results[name] = hostResult(
      facts.hosts.find((each) => each.host === host.toLowerCase().replace(/\.$/, "")),
      name,
      facts.targets.filter((target) => target.host === host).flatMap(({ endpoints }) => endpoints.map(({ address }) => address)),
      used !== null,
    );
  }
  return sorted(results);
}

function hostResult(
  host: HostFacts | undefined,
  name: string,
  addresses: readonly string[],
  isSrvTarget: boolean,
): { CName: string; Addrs: string[] | null; Error: Message | null } {
  const Addrs = addresses.length === 0 ? null : [...new Set(addresses)];
  // An IP literal, or one that --connect-to names: nothing was asked.
  if (host === undefined) return { CName: "", Addrs, Error: null };
  const CName = dotted(canonicalName(host.a, canonicalName(host.aaaa, host.host)));
  if (isSrvTarget && CName !== dotted(host.host))
    return { CName, Addrs, Error: { Message: `SRV record target ${name} is a CNAME record, which is forbidden (as per RFC2782)` } };
  if (Addrs !== null) return { CName, Addrs, Error: null };
  const failed = [host.a, host.aaaa].find((outcome) => lookupFailed(outcome));
  return { CName, Addrs, Error: { Message: `lookup ${name}: ${failed === undefined ? "no such host" : lookupFailure(failed)}` } };
}

/** Where the CNAMEs end. */
function canonicalName(outcome: DnsOutcome<unknown>, name: string): string {
  return (outcome.status === "done" ? outcome.value.chain.at(-1)?.target : undefined) ?? name;
}

function dotted(name: string): string {
  return name.endsWith(".") ? name : `${name}.`;
}

// Connections

/** Null when there is nothing to report: as there, that takes keys. */
function connectionReport(report: Report, endpoint: EndpointFacts): ConnectionReport | null {
  const { facts } = report;
  const certificate = certificateOf(facts, endpoint);
  const reading = endpoint.keys.status === "done" ? endpoint.keys.value.reading : null;
  if (certificate === null || reading?.kind !== "keys") return null;
  const { tls } = certificate;
  const keyChecks = checksOf(facts, reading);
  const validCertificates = certificate.faults.length === 0;
  const at = place(endpoint.address, endpoint.port);
  return {
    Certificates: tls.chain.map((each, index) => certificateSummary(each, tls.chain[index + 1])),
    Cipher: cipherOf(tls),
    Checks: {
      ...keyChecks,
      AllChecksOK: keyChecks.AllChecksOK && validCertificates,
      ValidCertificates: validCertificates,
    },
    Errors: report.findings
      .filter(({ severity, step, where }) => severity === "error" && step !== "well-known" && where.includes(at))
      .map(({ code, title, detail }) => ({ Message: harmless(`${code}: ${title}${detail === "" ? "" : `. ${detail}`}`, 2000) })),
    Ed25519VerifyKeys: keyChecks.AllChecksOK ? verifyKeysOf(reading) : null,
    Info: {},
    Keys: keysResponse(reading),
  };
}

type KeyChecks = Omit<ConnectionReport["Checks"], "ValidCertificates">;

/** gomatrixserverlib's CheckKeys. */
function checksOf(facts: Facts, reading: ReadKeys): KeyChecks {
  const keys = ed25519(reading);
  const MatchingServerName = reading.serverName === facts.serverName;
  const FutureValidUntilTS = reading.validUntil > judgedAt(facts).getTime();
  const all = keys.every(({ problem, signature }) => problem === null && signature === "valid");
  return {
    AllChecksOK: MatchingServerName && FutureValidUntilTS && keys.length > 0 && all,
    MatchingServerName,
    FutureValidUntilTS,
    HasEd25519Key: keys.length > 0,
    AllEd25519ChecksOK: keys.length === 0 ? null : all,
    Ed25519Checks: sorted(
      Object.fromEntries(
        keys.map(({ id, problem, signature }) => [
          id,
          { ValidEd25519: problem === null, MatchingSignature: problem === null && signature === "valid" },
        ]),
      ),
    ),
  };
}

function verifyKeysOf(reading: ReadKeys): Record<string, string> {
  return sorted(Object.fromEntries(ed25519(reading).flatMap(({ id, key }) => (key === undefined ? [] : [[id, key]]))));
}

function certificateSummary(certificate: CertificateFacts, next: CertificateFacts | undefined): ConnectionReport["Certificates"][number] {
  const { commonName, issuer, sha256, dnsNames } = certificate;
  return {
    SubjectCommonName: commonName ?? "",
    IssuerCommonName: (next?.subject === issuer ? next.commonName : null) ?? commonNameIn(issuer),
    SHA256Fingerprint: Buffer.from(sha256, "hex").toString("base64").replaceAll("=", ""),
    DNSNames: dnsNames.length === 0 ? null : dnsNames,
  };
}

/** Of a name in one line, `CN=R11, O=Let's Encrypt`, in which commas of a value stand behind a backslash. */
function commonNameIn(name: string): string {
  const value = /(?:^|, )CN=((?:\\.|[^\\,])*)/s.exec(name)?.[1] ?? "";
  return value.replace(/\\(?:([0-9A-Fa-f]{2})|(.))/gs, (_, hex: string | undefined, character: string) =>
    hex === undefined ? character : String.fromCharCode(parseInt(hex, 16)),
  );
}

function cipherOf({ protocol, cipher }: TlsFacts): ConnectionReport["Cipher"] {
  return { Version: protocol.replace(/^TLSv1$/, "TLSv1.0").replace(/^TLSv/, "TLS "), CipherSuite: cipher };
}

/** Null when this machine can't say. */
function connectionError({ address, tcp, tls, keys }: EndpointFacts): string | null {
  for (const outcome of [tcp, tls, keys]) {
    if (outcome.status === "failed") return harmless(outcome.error.message, 500);
    if (outcome.status === "untested") return outcome.because === "policy-address" ? `${address} is not a public address` : null;
  }
  if (keys.status !== "done") return null;
  const { reading, response } = keys.value;
  if (reading === null) return `Non-200 response ${response.status} from remote server`;
  if (reading.kind === "not-json") return harmless(`Unable to decode JSON from remote server: ${reading.message}`, 500);
  if (reading.kind === "malformed") return harmless(`Unable to decode JSON from remote server: ${reading.field} ${reading.problem}`, 500);
  return null;
}

function versionReport({ route, facts, summary }: Report): OfficialReport["Version"] {
  const endpoints = route?.targets.flatMap((target) => target.endpoints) ?? [];
  const told = endpoints.find(({ status, server }) => status === "ok" && server !== undefined) ?? endpoints.find(({ server }) => server);
  if (told?.server !== undefined) return { name: told.server.name, version: told.server.version };
  for (const { version, tcp, tls } of facts.targets.flatMap((target) => target.endpoints)) {
    for (const outcome of [tcp, tls, version]) if (outcome.status === "failed") return { error: harmless(outcome.error.message, 500) };
    if (version.status === "done")
      return {
        error: harmless(version.value.problem ?? `Non-200 response ${version.value.response.status} from remote server`, 500),
      };
  }
  return { error: harmless(summary, 500) };
}

/** Go writes the keys of maps in order. */
function sorted<T>(map: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).sort(([one], [other]) => (one < other ? -1 : 1)));
}
