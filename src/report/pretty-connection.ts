/** One connection and one HTTP answer as rows of evidence. */
import type { CertificateFacts, ConnectionFacts, HttpFacts, NetError, Outcome } from "../facts/facts.ts";
import { place } from "../facts/address.ts";
import { groupBy } from "../views/words.ts";
import { duration } from "./pretty-style.ts";

/** A line of evidence. Its texts are made safe where they are printed. */
export interface Row {
  /** Depth of indentation. */
  level: number;
  /** Empty: the text stands alone. */
  label: string;
  text: string;
}

/** `, 12 ms`; empty for what took no time. */
export function took(ms: number): string {
  const text = duration(ms);
  return text === "" ? "" : `, ${text}`;
}

/** What became of something, in one line. */
export function outcomeText<T>(outcome: Outcome<T>, show?: (value: T) => string): string {
  switch (outcome.status) {
    case "done":
      return `${show === undefined ? "done" : show(outcome.value)}${took(outcome.ms)}`;
    case "failed":
      return `failed: ${errorText(outcome.error)}${took(outcome.ms)}`;
    case "skipped":
      return `skipped: ${outcome.note}`;
    case "untested":
      return `untested: ${UNTESTED[outcome.because]}${outcome.note === undefined ? "" : ` (${outcome.note})`}`;
  }
}

const UNTESTED = {
  "no-route": "this machine has no route there",
  resolver: "this machine's resolver gave no answer",
  deadline: "the deadline was over",
  "policy-address": "the policy of this check allows only public addresses",
  "policy-port": "the policy of this check doesn't allow this port",
  "http-parser": "this Node.js can't parse HTTP",
  "open-files": "this process may open no more files and connections",
  "zone-file": "only the zone's own server knows what it answers",
} as const;

function errorText(error: NetError): string {
  const alert = error.alert === undefined ? "" : `, alert ${error.alert}`;
  const excerpt = error.excerpt === undefined || error.excerpt === "" ? "" : `, it sent ${JSON.stringify(error.excerpt)}`;
  const code = error.message.toLowerCase().includes(error.code) ? "" : `${error.code}, `;
  return `${code}${error.message}${alert}${excerpt}`;
}

/** Something that was tried, with the words for it. */
export type Tried = readonly [label: string, outcome: Outcome<unknown>];

/** The rows of what was tried; what wasn't is told together, a line for each reason. */
export function tried(all: readonly Tried[], level: number, rows: (label: string) => Row[]): Row[] {
  const skipped = all.flatMap(([label, outcome]) => (outcome.status === "skipped" ? [{ label, outcome }] : []));
  const groups = groupBy(skipped, ({ outcome }) => outcome.note);
  return [
    ...all.filter(([, { status }]) => status !== "skipped").flatMap(([label]) => rows(label)),
    ...groups.flatMap((group): Row[] => {
      const [first] = group;
      if (first === undefined) return [];
      const { because, note } = first.outcome;
      const text = `${group.map(({ label }) => label).join(", ")}: ${note.replace(/^not needed: /, "")}`;
      return [{ level, label: because === "blocked" ? "not possible" : "not needed", text }];
    }),
  ];
}

/** The certificates that were shown, by their SHA-256, and at which place. */
export type ShownCertificates = Map<string, string>;

/** A certificate that several places present is shown once. */
export function connectionRows(connection: ConnectionFacts, level: number, shown: ShownCertificates = new Map()): Row[] {
  const { tcp, tls } = connection;
  const rows: Row[] = [
    { level, label: "TCP", text: outcomeText(tcp, ({ localAddress }) => `connected${localAddress === "" ? "" : ` from ${localAddress}`}`) },
  ];
  if (tcp.status !== "done") return rows;
  rows.push({ level, label: "TLS", text: outcomeText(tls, ({ protocol, cipher }) => `${protocol}, ${cipher}`) });
  if (tls.status !== "done") return rows;
  const { chain, trust } = tls.value;
  const key = JSON.stringify([chain.map(({ sha256 }) => sha256), trust]);
  const before = shown.get(key);
  if (before !== undefined) return [...rows, { level, label: "certificate", text: `the same as at ${before}` }];
  shown.set(key, place(connection.address, connection.port));
  rows.push(...certificateRows(chain[0], level));
  const length = `${chain.length} certificate${chain.length === 1 ? "" : "s"}`;
  const anchor = trust.anchor === null ? "leads to no trusted root" : `leads to ${trust.anchor}`;
  const order = trust.inOrder ? "" : ", not in order";
  const strays = trust.strays.length === 0 ? "" : `, ${trust.strays.length} not needed`;
  const complaint = trust.verifyError === null ? "" : `, OpenSSL says ${trust.verifyError}`;
  rows.push({ level, label: "chain", text: `${length}, ${anchor}${order}${strays}${complaint}` });
  for (const [index, certificate] of chain.entries()) {
    if (index > 0)
      rows.push({ level: level + 1, label: `sent ${index + 1}`, text: `${certificate.subject}, until ${moment(certificate.notAfter)}` });
  }
  return rows;
}

/** `2026-11-30 12:00 UTC` for ISO 8601. */
export function moment(iso: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(iso) ? `${iso.slice(0, 16).replace("T", " ")} UTC` : iso;
}

/** More names than these are counted, not shown. */
const MOST_NAMES = 50;

function certificateRows(certificate: CertificateFacts, level: number): Row[] {
  const names = [...certificate.dnsNames, ...certificate.ipAddresses];
  const rest = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : "";
  return [
    { level, label: "subject", text: certificate.subject },
    { level, label: "issuer", text: certificate.issuer },
    { level, label: "names", text: names.slice(0, MOST_NAMES).join(", ") + rest || "none" },
    { level, label: "valid", text: `${moment(certificate.notBefore)} to ${moment(certificate.notAfter)}` },
    { level, label: "sha256", text: certificate.sha256 },
  ];
}

/** More header fields than these are counted, not shown. */
const MOST_HEADERS = 40;

/** An HTTP answer, or why there is none. `brief`: without header and body. */
export function httpRows<T>(
  label: string,
  outcome: Outcome<T>,
  read: (value: T) => HttpFacts,
  level: number,
  detail: "full" | "brief" = "full",
): Row[] {
  const rows: Row[] = [{ level, label, text: outcomeText(outcome, (value) => statusText(read(value))) }];
  if (outcome.status !== "done" || detail === "brief") return rows;
  const { headers, excerpt } = read(outcome.value);
  const fields = Object.entries(headers);
  for (const [name, value] of fields.slice(0, MOST_HEADERS)) rows.push({ level: level + 1, label: "header", text: `${name}: ${value}` });
  if (fields.length > MOST_HEADERS) rows.push({ level: level + 1, label: "header", text: `and ${fields.length - MOST_HEADERS} more` });
  if (excerpt !== "") rows.push({ level: level + 1, label: "body", text: excerpt });
  return rows;
}

function statusText(http: HttpFacts): string {
  const more = http.truncated ? " and more" : "";
  const error = http.matrixError === null ? "" : `, ${http.matrixError.errcode}: ${http.matrixError.error}`;
  return `${http.status}, ${http.bodyBytes} bytes${more}${error}`;
}
