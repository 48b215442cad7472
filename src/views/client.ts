/**
 * What was seen of the client side: how each address serves the client file, what the client API answers, and which proxy stands there.
 * Pure.
 */
import type {
  ClientEndpointFacts,
  ClientFacts,
  ConnectionFacts,
  Facts,
  Hop,
  HttpFacts,
  NetError,
  Outcome,
  SiteFileAttempt,
} from "../facts/facts.ts";
import { isIpLiteral, place } from "../facts/address.ts";
import { notPublic } from "./address-kind.ts";
import { certificateFaults, type CertificateFault } from "./certificate.ts";
import { hasNoAddress } from "./hosts.ts";
import { done, judgedAt } from "./outcome.ts";
import { proxyAt, proxyOf, proxyOfRefusal, type Proxy } from "./proxy.ts";

export type SiteFileResult<R> =
  | { kind: "read"; reading: R; response: HttpFacts }
  /** 404 or 410. */
  | { kind: "missing"; response: HttpFacts }
  | { kind: "status"; response: HttpFacts }
  | { kind: "too-large"; response: HttpFacts }
  | { kind: "redirect"; problem: NonNullable<SiteFileAttempt<R>["stopped"]> | "no-location" }
  | { kind: "no-address" }
  | { kind: "handshake"; error: NetError }
  | { kind: "unreachable"; error: NetError }
  | { kind: "untested" };

export interface SeenFile<R> {
  attempt: SiteFileAttempt<R>;
  /** The last one. */
  hop: Hop;
  /** Of the first hop. */
  place: string;
  result: SiteFileResult<R>;
}

export function seenFiles<R>(attempts: readonly SiteFileAttempt<R>[]): SeenFile<R>[] {
  return attempts.flatMap((attempt) => {
    const hop = attempt.hops.at(-1);
    return hop === undefined ? [] : [{ attempt, hop, place: place(attempt.address, attempt.port), result: resultOf(attempt, hop) }];
  });
}

function resultOf<R>({ stopped, reading }: SiteFileAttempt<R>, { connection, response }: Hop): SiteFileResult<R> {
  if (stopped !== null) return { kind: "redirect", problem: stopped };
  const failure = connection === null ? null : failureOf(connection, response);
  if (failure !== null) return failure;
  if (connection?.tcp.status === "untested") return { kind: "untested" };
  if (response.status !== "done") return response.status === "skipped" ? { kind: "no-address" } : { kind: "untested" };
  const { value } = response;
  if (reading !== null) return { kind: "read", reading, response: value };
  if (value.status === 404 || value.status === 410) return { kind: "missing", response: value };
  if (value.status === 200) return { kind: "too-large", response: value };
  return value.status >= 300 && value.status <= 399 ? { kind: "redirect", problem: "no-location" } : { kind: "status", response: value };
}

/** What kept an answer away; null when there is one, or when nothing is known. */
export function failureOf(
  { tcp, tls }: ConnectionFacts,
  answer: Outcome<unknown>,
): { kind: "handshake" | "unreachable"; error: NetError } | null {
  if (tcp.status === "failed") return { kind: "unreachable", error: tcp.error };
  if (tls.status === "failed") return { kind: tls.error.code === "timeout" ? "unreachable" : "handshake", error: tls.error };
  return answer.status === "failed" ? { kind: "unreachable", error: answer.error } : null;
}

/** What kind of private address a policy kept this check from; null when it didn't, or the address is public. */
export function deniedAddress(facts: Facts, { tcp, address }: ConnectionFacts): string | null {
  return tcp.status === "untested" && tcp.because === "policy-address" ? notPublic(facts, address) : null;
}

/** Where a fault of the file is: the URL when it is the same at every address, else the addresses. */
export function whereOfFile(url: string, all: readonly unknown[], some: readonly { place: string }[]): string[] {
  return some.length === all.length ? [url] : some.map(({ place }) => place);
}

/** The file's own host has no address at all. */
export function hasNoHost({ file, hosts }: ClientFacts): boolean {
  const known = hosts.find(({ host }) => host === file.host);
  return file.attempts.length === 0 && known !== undefined && hasNoAddress(known);
}

export interface ApiAnswer {
  what: "versions" | "preflight" | "error" | "login";
  method: "GET" | "OPTIONS";
  url: string;
  response: HttpFacts;
  place: string;
}

/** What the client API answers, where it is asked. */
export function apiAnswers({ api }: ClientFacts): ApiAnswer[] {
  if (api === null) return [];
  return api.endpoints.flatMap((endpoint) => {
    const at = place(endpoint.address, endpoint.port);
    const answer = (what: ApiAnswer["what"], path: string, response: HttpFacts | null | undefined): ApiAnswer[] =>
      response == null
        ? []
        : [{ what, method: what === "preflight" ? "OPTIONS" : "GET", url: `${api.baseUrl}${path}`, response, place: at }];
    const of = (outcome: Outcome<HttpFacts> | undefined): HttpFacts | null => (outcome === undefined ? null : done(outcome));
    return [
      ...answer("versions", "/_matrix/client/versions", done(endpoint.versions)?.response),
      ...answer("preflight", "/_matrix/client/versions", of(endpoint.preflight)),
      ...answer("error", "/_matrix/client/v3/account/whoami", of(endpoint.unauthenticated)),
      ...answer("login", "/_matrix/client/v3/login", endpoint.login === undefined ? null : done(endpoint.login)?.response),
    ];
  });
}

/** A homeserver answered: with JSON, be it an error. */
export function isHomeserversAnswer({ status, matrixError, excerpt }: HttpFacts): boolean {
  return matrixError !== null || (status >= 200 && status <= 299 && excerpt.trimStart().startsWith("{"));
}

/** The client API is known to answer there. */
export function apiWorks({ api }: ClientFacts): boolean {
  return api?.endpoints.some(({ versions }) => done(versions)?.versions != null) === true;
}

/** A base URL at which a client API answers; null when none is known. */
export function knownBaseUrl(client: ClientFacts): string | null {
  if (apiWorks(client)) return client.api?.baseUrl ?? null;
  return client.guesses.find(({ isHomeserver }) => isHomeserver)?.baseUrl ?? null;
}

export interface SeenCertificate {
  what: "file" | "support" | "api" | "issuer";
  url: string;
  /** As others see the port. */
  site: { host: string; port: number };
  place: string;
  connection: ConnectionFacts;
}

/** Every TLS connection that a client makes, each place once. */
export function clientConnections({ file, support, api, issuer }: ClientFacts): SeenCertificate[] {
  const ofHop = (what: SeenCertificate["what"], { url, host, connection }: Hop): SeenCertificate[] => {
    if (connection === null) return [];
    const named = URL.canParse(url) ? new URL(url).port : "";
    const at = place(connection.address, connection.port);
    return [{ what, url, site: { host, port: named === "" ? 443 : Number(named) }, place: at, connection }];
  };
  const hops = (what: "file" | "support", attempts: readonly SiteFileAttempt<unknown>[]): SeenCertificate[] =>
    attempts.flatMap((attempt) => attempt.hops.flatMap((hop) => ofHop(what, hop)));
  const all = [
    ...hops("file", file.attempts),
    ...(api?.endpoints ?? []).map((connection) => ({
      what: "api" as const,
      url: api?.baseUrl ?? "",
      site: { host: api?.host ?? "", port: api?.port ?? 443 },
      place: place(connection.address, connection.port),
      connection,
    })),
    ...hops("support", support.attempts),
    ...(issuer?.hop == null ? [] : ofHop("issuer", issuer.hop)),
  ];
  const key = ({ site, place: at }: SeenCertificate): string => `${site.host} ${at}`;
  return all.filter((each, index) => all.findIndex((other) => key(other) === key(each)) === index);
}

/** Homeservers connect there, too, under the same name: what they meet is what clients meet. */
export function isEndpointToo({ route, targets }: Facts, host: string, at: string): boolean {
  return (
    route?.tlsName.toLowerCase() === host.toLowerCase() &&
    targets.some(({ endpoints }) => endpoints.some((endpoint) => place(endpoint.address, endpoint.port) === at))
  );
}

/** The same for the well-known, which homeservers fetch there. */
export function isWellKnownToo({ wellKnown }: Facts, host: string, at: string): boolean {
  const fact = done(wellKnown);
  return (
    fact?.host.toLowerCase() === host.toLowerCase() &&
    fact.attempts.some(({ address, port, file }) => file === undefined && place(address, port) === at)
  );
}

export function clientCertificateFaults(facts: Facts, { connection, site }: SeenCertificate): readonly CertificateFault[] {
  const tls = done(connection.tls);
  return tls === null ? [] : certificateFaults(tls, site.host, isIpLiteral(site.host), judgedAt(facts));
}

/** The addresses of the base URL's host are inside a private network, all of them. */
export function privateAddresses(facts: Facts, { api }: ClientFacts): string[] {
  if (api === null || facts.settings.allowPrivate) return [];
  const kinds = api.endpoints.filter(({ tcp, address }) => tcp.status === "skipped" && notPublic(facts, address) !== null);
  return kinds.length > 0 && kinds.length === api.endpoints.length ? kinds.map(({ address }) => address) : [];
}

/** Which proxy stands at a place, by everything that was asked there. */
export function clientProxyAt(facts: Facts, client: ClientFacts, at: string): Proxy | null {
  const endpoints = (client.api?.endpoints ?? []).filter(({ address, port }) => place(address, port) === at);
  const attempts = [...client.file.attempts, ...client.support.attempts];
  const refusals = [
    ...endpoints.map(({ proxy }) => proxy),
    ...attempts.filter(({ address, port }) => place(address, port) === at).map(({ proxy }) => proxy),
  ];
  const refused = refusals.map((outcome) => (outcome === undefined ? null : done(outcome))).filter((each) => each !== null);
  const hops = attempts
    .flatMap((attempt) => attempt.hops)
    .filter(({ connection }) => connection !== null && place(connection.address, connection.port) === at);
  const answers = [...endpoints.flatMap(responsesOf), ...hops.map(({ response }) => done(response)), ...refused].filter(
    (each) => each !== null,
  );
  const found = answers.map(proxyOf).filter((each) => each !== null);
  return (
    refused.map(proxyOfRefusal).find((each) => each !== null) ??
    found.find((each) => each !== "synapse") ??
    proxyAt(facts, at) ??
    found[0] ??
    null
  );
}

function responsesOf({ versions, preflight, unauthenticated, login }: ClientEndpointFacts): (HttpFacts | null)[] {
  return [
    done(versions)?.response ?? null,
    preflight === undefined ? null : done(preflight),
    unauthenticated === undefined ? null : done(unauthenticated),
    login === undefined ? null : (done(login)?.response ?? null),
  ];
}

/** The path of a URL; what is no URL, as recorded evidence may have it, is shown as it is. */
export function pathIn(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : url;
}
