/** What clients find, with --client: in one line for a person in a hurry, and as rows of evidence. */
import type { ClientEndpointFacts, ClientFacts, Facts, HttpFacts, Outcome, SiteFileAttempt } from "../facts/facts.ts";
import { place } from "../facts/address.ts";
import { apiWorks, hasNoHost, seenFiles } from "../views/client.ts";
import { connectionRows, httpRows, outcomeText, type Row } from "./pretty-connection.ts";

/** `Clients: https://matrix.example.org, Matrix v1.15, login by password, SSO · calls by livekit · support file`; null without --client. */
export function clientLine({ client }: Facts): string | null {
  if (client === undefined) return null;
  const reading = readingOf(client);
  const base = reading?.baseUrl ?? null;
  const parts = [
    base === null
      ? hasNoHost(client) || isMissing(client)
        ? "no file, users type the homeserver's URL"
        : "no base URL"
      : [base, ...apiWords(client)].join(", "),
    (reading?.rtcFoci ?? []).length > 0 ? `calls by ${[...new Set(reading?.rtcFoci.map(({ type }) => type))].slice(0, 3).join(", ")}` : "",
    seenFiles(client.support.attempts).some(({ result }) => result.kind === "read") ? "support file" : "",
  ];
  return `Clients: ${parts.filter((part) => part !== "").join(" · ")}`;
}

function readingOf({ file }: ClientFacts) {
  return file.attempts.flatMap(({ reading }) => (reading?.kind === "object" ? [reading] : [])).find(({ baseUrl }) => baseUrl !== null);
}

function isMissing({ file }: ClientFacts): boolean {
  return seenFiles(file.attempts).some(({ result }) => result.kind === "missing");
}

function apiWords(client: ClientFacts): string[] {
  if (client.api === null) return [];
  if (!apiWorks(client)) return ["no client API seen there"];
  const words: string[] = [];
  for (const { versions, login } of client.api.endpoints) {
    const latest = versions.status === "done" ? versions.value.versions?.at(-1) : undefined;
    if (latest !== undefined && words.length === 0) words.push(`Matrix ${latest}`);
    const flows = login?.status === "done" ? (login.value.flows ?? []) : [];
    if (flows.length > 0) words.push(`login by ${[...new Set(flows.map(flowInWords))].slice(0, 4).join(", ")}`);
  }
  if (client.issuer !== null) words.push(`login by ${client.issuer.url}`);
  return words;
}

const FLOWS: Readonly<Record<string, string>> = { "m.login.password": "password", "m.login.sso": "SSO", "m.login.token": "token" };

function flowInWords(type: string): string {
  return Object.hasOwn(FLOWS, type) ? (FLOWS[type] ?? type) : type;
}

/** All of it, for the evidence. */
export function clientRows({ client }: Facts): Row[] {
  if (client === undefined) return [];
  const { file, api, guesses, issuer, support } = client;
  const rows: Row[] = [{ level: 0, label: "", text: file.url }];
  if (file.attempts.length === 0) rows.push({ level: 1, label: "", text: "no address to ask" });
  for (const attempt of file.attempts) {
    rows.push(...hopsOf(attempt));
    const { reading } = attempt;
    if (reading?.kind === "not-json") rows.push({ level: 2, label: "no JSON", text: reading.message });
    if (reading?.kind !== "object") continue;
    if (reading.text !== null) rows.push({ level: 2, label: "file", text: reading.text });
    rows.push({ level: 2, label: "base URL", text: reading.baseUrl ?? "none" });
    for (const { type, url } of reading.rtcFoci) rows.push({ level: 2, label: "MatrixRTC", text: url === null ? type : `${type}, ${url}` });
    if (reading.issuer !== null) rows.push({ level: 2, label: "issuer", text: reading.issuer });
  }
  if (api !== null) rows.push({ level: 0, label: "", text: `${api.baseUrl}/_matrix/client` }, ...api.endpoints.flatMap(endpointRows));
  for (const { baseUrl, isHomeserver } of guesses)
    rows.push({ level: 1, label: "tried", text: `${baseUrl}: ${isHomeserver ? "a client API" : "no client API"}` });
  if (issuer !== null)
    rows.push(
      { level: 0, label: "issuer", text: `${issuer.url}, named by ${issuer.named === "file" ? "the file" : "auth_metadata"}` },
      ...(issuer.hop === null ? [] : httpRows("answer", issuer.hop.response, same, 1, "brief")),
    );
  rows.push({ level: 0, label: "", text: support.url });
  for (const attempt of support.attempts) {
    rows.push(...hopsOf(attempt));
    if (attempt.reading?.kind !== "object") continue;
    const { contacts, supportPage } = attempt.reading;
    for (const { role, matrixId, emailAddress } of contacts)
      rows.push({ level: 2, label: "contact", text: [role, matrixId, emailAddress].filter((each) => each !== null).join(", ") });
    if (supportPage !== null) rows.push({ level: 2, label: "page", text: supportPage });
  }
  return rows;
}

const same = (http: HttpFacts): HttpFacts => http;

function hopsOf(attempt: SiteFileAttempt<unknown>): Row[] {
  return [
    { level: 1, label: "", text: `from ${place(attempt.address, attempt.port)}` },
    ...attempt.hops.flatMap((hop) => [
      { level: 2, label: "GET", text: hop.url },
      ...(hop.connection === null ? [] : connectionRows(hop.connection, 3)),
      ...httpRows("answer", hop.response, same, 3),
    ]),
  ];
}

function endpointRows(endpoint: ClientEndpointFacts): Row[] {
  const { versions, login, metadata } = endpoint;
  const brief = (label: string, outcome: Outcome<HttpFacts> | undefined): Row[] =>
    outcome === undefined ? [] : [...httpRows(label, outcome, same, 2, "brief"), ...corsRow(outcome)];
  const rows: Row[] = [
    { level: 1, label: "", text: place(endpoint.address, endpoint.port) },
    ...connectionRows(endpoint, 2),
    ...httpRows("versions", versions, ({ response }) => response, 2),
  ];
  if (versions.status === "done" && versions.value.versions !== null)
    rows.push({ level: 3, label: "versions", text: versions.value.versions.join(", ") });
  rows.push(...brief("OPTIONS", endpoint.preflight), ...brief("an error", endpoint.unauthenticated));
  if (login !== undefined)
    rows.push({
      level: 2,
      label: "login",
      text: outcomeText(login, ({ response, flows }) => `${response.status}, ${flows?.join(", ") ?? "no flows"}`),
    });
  if (metadata !== undefined)
    rows.push({
      level: 2,
      label: "OAuth 2.0",
      text: outcomeText(metadata, ({ response, issuer }) => `${response.status}, ${issuer ?? "no issuer"}`),
    });
  return rows;
}

function corsRow(outcome: Outcome<HttpFacts>): Row[] {
  if (outcome.status !== "done") return [];
  return Object.entries(outcome.value.headers)
    .filter(([name]) => name.startsWith("access-control-"))
    .map(([name, value]) => ({ level: 3, label: "header", text: `${name}: ${value}` }));
}
