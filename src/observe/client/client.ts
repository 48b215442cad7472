/**
 * What clients need besides federation, asked beside the rest: the client file, the client API behind its base URL, who logs users in, and
 * the support file. Client-Server API, "Server Discovery", "Web Browser Clients".
 */
import type {
  ClientEndpointFacts,
  ClientFacts,
  ClientReading,
  ConnectionFacts,
  Hop,
  HttpFacts,
  JudgeSettings,
  Outcome,
  SiteFileAttempt,
} from "../../facts/facts.ts";
import { isPublicAddress } from "../../facts/public-address.ts";
import {
  CLIENT_PATH,
  readBaseUrl,
  readClientFile,
  readIssuer,
  readLoginFlows,
  readSupportFile,
  readVersions,
  SUPPORT_PATH,
  type BaseUrlReading,
  withoutEndingSlashes,
} from "../../matrix/client-file.ts";
import { formatHostPort, type ServerName } from "../../matrix/server-name.ts";
import { startDeadline } from "../../net/deadline.ts";
import type { Connection, HttpResult, Io } from "../../net/io.ts";
import { corsOf } from "../../views/cors.ts";
import { asksToWait } from "../../views/http-status.ts";
import { mapOutcome } from "../../views/outcome.ts";
import { proxyOf } from "../../views/proxy.ts";
import { fewest } from "../budget.ts";
import { Issuers } from "../clues/issuers.ts";
import { PROXY_PATH } from "../clues/proxies.ts";
import { Questions, whereIs } from "../resolver/questions.ts";
import { ask, connect, fetchFile, fetchHop, type Asking, type Site } from "./page.ts";

/** So that what stalls here leaves the rest its time. */
const SHARE_OF_DEADLINE = 0.9;
const MOST_ADDRESSES = 4;
const MOST_GUESSES = 4;
/** Nobody's, so that a server that knows some web clients alone doesn't know it (RFC 2606). */
const ORIGIN = "https://client.invalid";

const VERSIONS_PATH = "/_matrix/client/versions";
const WHOAMI_PATH = "/_matrix/client/v3/account/whoami";
const LOGIN_PATH = "/_matrix/client/v3/login";
const METADATA_PATH = "/_matrix/client/v1/auth_metadata";

type GoodBase = Extract<BaseUrlReading, { ok: true }>;

/** What resolution found, for guesses; null: nothing. */
export interface Routed {
  tlsName: string;
  port: number | null;
}

export async function observeClient(
  whole: Io,
  name: ServerName,
  settings: JudgeSettings,
  routed: Promise<Routed | null>,
): Promise<ClientFacts> {
  const deadline = startDeadline(whole.deadlineMs * SHARE_OF_DEADLINE, whole.signal, { share: true });
  const io = { ...whole, signal: deadline.signal };
  // Questions of its own: what federation depends on is told by the facts of the others.
  const questions = new Questions(io, settings.family);
  const issuers = new Issuers(io, questions, settings.allowPrivate);
  try {
    const asking = { io, questions, issuers, origin: ORIGIN };
    const found = await observeAll(asking, name, settings, routed);
    return { ...found, hosts: (await questions.all()).hosts };
  } finally {
    issuers.done();
    deadline.done();
  }
}

async function observeAll(
  asking: Asking,
  name: ServerName,
  settings: JudgeSettings,
  routed: Promise<Routed | null>,
): Promise<Omit<ClientFacts, "hosts">> {
  const host = name.dnsHost;
  const { addresses, port } = await whereIs(asking.io, asking.questions, host, 443);
  const chosen = fewest(addresses, Math.min(MOST_ADDRESSES, asking.io.mostAddresses ?? MOST_ADDRESSES));
  const urlOf = (path: string): string => `https://${formatHostPort(host, null)}${path}`;
  const canAsk = URL.canParse(urlOf("/"));
  const fetchAll = <R>(path: string, read: (body: Buffer) => R, most: number): Promise<SiteFileAttempt<R>[]> =>
    Promise.all(canAsk ? chosen.slice(0, most).map((at) => fetchFile(asking, new URL(urlOf(path)), at, port, read)) : []);
  const supporting = fetchAll(SUPPORT_PATH, readSupportFile, 1);
  const file = { url: urlOf(CLIENT_PATH), host, attempts: await fetchAll(CLIENT_PATH, readClientFile, chosen.length) };
  const readings = file.attempts.flatMap(({ reading }) => (reading?.kind === "object" ? [reading] : []));
  const reading = readings.find(({ baseUrl }) => baseUrl !== null) ?? readings[0] ?? null;
  const base = reading?.baseUrl == null ? null : readBaseUrl(reading.baseUrl);
  const api = base?.ok === true ? await observeApi(asking, base, settings) : null;
  const works = api?.endpoints.some(({ versions }) => versions.status === "done" && versions.value.versions !== null) === true;
  const [first] = file.attempts;
  const [guesses, issuer, attempts] = await Promise.all([
    works || file.attempts.length === 0 || isResting(api?.endpoints ?? []) ? [] : guess(asking, host, base, await routed),
    followIssuer(asking, api, reading),
    supporting,
    first === undefined ? null : lookInFront(asking, first),
  ]);
  return { origin: asking.origin, file, support: { url: urlOf(SUPPORT_PATH), host, attempts }, api, guesses, issuer };
}

async function observeApi(asking: Asking, base: GoodBase, { allowPrivate }: JudgeSettings): Promise<NonNullable<ClientFacts["api"]>> {
  const { io, questions, issuers } = asking;
  const { host, href: baseUrl } = base;
  const { addresses, port, overridden } = await whereIs(io, questions, host, base.port);
  const versions = await Promise.all(
    fewest(addresses, Math.min(MOST_ADDRESSES, io.mostAddresses ?? MOST_ADDRESSES)).map(
      async ({ address, family }): Promise<ClientEndpointFacts> => {
        // The file is its owner's word: what it names inside this machine's network is left alone.
        if (!overridden && !allowPrivate && !isPublicAddress(address)) return notAsked(address, family, port);
        const connection = await connect(io, host, address, port);
        const [result] = await Promise.all([ask(asking, connection, at(base, VERSIONS_PATH)), issuers.complete(connection)]);
        connection.close();
        return {
          ...connection.facts,
          versions: mapOutcome(withCause(result.outcome, connection.facts), (response) => ({
            response,
            versions: response.status === 200 ? readVersions(result.body) : null,
          })),
        };
      },
    ),
  );
  // Who asks to wait isn't asked for more.
  const first = isResting(versions) ? undefined : versions.find((each) => each.versions.status === "done");
  if (first !== undefined) Object.assign(first, await askFurther(asking, base, first));
  return { baseUrl, host, port: base.port, endpoints: versions };
}

function isResting(endpoints: readonly ClientEndpointFacts[]): boolean {
  return endpoints.some(({ versions }) => versions.status === "done" && asksToWait(versions.value.response));
}

function at({ host, hostHeader, path }: GoodBase, below: string): Site {
  return { host, hostHeader, path: `${path}${below}` };
}

/** At one endpoint that answers: what a web client asks next. */
async function askFurther(
  asking: Asking,
  base: GoodBase,
  { address, port, versions }: ClientEndpointFacts,
): Promise<Partial<ClientEndpointFacts>> {
  const over = async (use: (connection: Connection) => Promise<HttpResult>): Promise<HttpResult> => {
    const connection = await connect(asking.io, base.host, address, port);
    try {
      const result = await use(connection);
      return { ...result, outcome: withCause(result.outcome, connection.facts) };
    } finally {
      connection.close();
    }
  };
  const get = (path: string): Promise<HttpResult> => over((connection) => ask(asking, connection, at(base, path)));
  const [preflight, unauthenticated, login, metadata] = await Promise.all([
    over((connection) =>
      ask(asking, connection, at(base, VERSIONS_PATH), {
        method: "OPTIONS",
        headers: { "access-control-request-method": "GET", "access-control-request-headers": "authorization" },
      }),
    ),
    get(WHOAMI_PATH),
    get(LOGIN_PATH),
    get(METADATA_PATH),
  ]);
  const answers = [
    versions.status === "done" ? versions.value.response : null,
    ...[preflight, unauthenticated, login].map(({ outcome }) => (outcome.status === "done" ? outcome.value : null)),
  ];
  const isWrong =
    answers.some((response) => response === null || corsOf(response, asking.origin) !== "good") ||
    (versions.status === "done" && versions.value.versions === null);
  const proxy = isWrong && isOpen(answers) ? await over((connection) => whoRefuses(asking.io, connection, base.hostHeader)) : null;
  return {
    preflight: preflight.outcome,
    unauthenticated: unauthenticated.outcome,
    login: mapOutcome(login.outcome, (response) => ({ response, flows: response.status === 200 ? readLoginFlows(login.body) : null })),
    metadata: mapOutcome(metadata.outcome, (response) => ({
      response,
      issuer: response.status === 200 ? readIssuer(metadata.body) : null,
    })),
    ...(proxy === null ? {} : { proxy: proxy.outcome }),
  };
}

/** Proxies hand on a Server field that isn't theirs. */
function isOpen(answers: readonly (HttpFacts | null)[]): boolean {
  const found = answers.map(proxyOf).find((proxy) => proxy !== null) ?? null;
  return found === null || ["nginx", "caddy", "apache", "litespeed", "iis", "synapse"].includes(found);
}

function whoRefuses(io: Io, connection: Connection, hostHeader: string): Promise<HttpResult> {
  return io.http.request(connection, { path: PROXY_PATH, host: hostHeader, maxBytes: 65_536 }, io.signal);
}

/** What stands before a file that isn't as it should be. */
async function lookInFront({ io, origin }: Asking, attempt: SiteFileAttempt<ClientReading>): Promise<void> {
  const [hop] = attempt.hops;
  const answer = hop?.response.status === "done" ? hop.response.value : null;
  if (hop === undefined || answer === null || hop.connection === null || asksToWait(answer) || !isOpen([answer])) return;
  const { reading } = attempt;
  if (reading?.kind === "object" && reading.baseUrl !== null && readBaseUrl(reading.baseUrl).ok && corsOf(answer, origin) === "good")
    return;
  const connection = await connect(io, hop.host, hop.connection.address, hop.connection.port);
  const { outcome } = await whoRefuses(io, connection, new URL(hop.url).host);
  connection.close();
  attempt.proxy = outcome;
}

/** Nothing was sent because the connection wasn't made: what became of that is what is to be told. */
function withCause(outcome: Outcome<HttpFacts>, { tcp, tls }: ConnectionFacts): Outcome<HttpFacts> {
  if (outcome.status !== "skipped") return outcome;
  const cause = tcp.status === "done" ? tls : tcp;
  return cause.status === "failed" || cause.status === "untested" ? cause : outcome;
}

function notAsked(address: string, family: 4 | 6, port: number): ClientEndpointFacts {
  const left: Outcome<never> = { status: "skipped", because: "not-needed", note: "the address isn't public" };
  return { address, family, port, tcp: left, tls: left, versions: left };
}

/** Where the client API probably is: for the fix, which must not name a place where there is none. */
async function guess(asking: Asking, host: string, base: BaseUrlReading | null, routed: Routed | null): Promise<ClientFacts["guesses"]> {
  const hosts = [
    base?.ok === false ? base.meant : base !== null && base.path !== "" ? `https://${base.hostHeader}` : null,
    routed === null ? null : `https://${formatHostPort(routed.tlsName, null)}`,
    routed?.port == null ? null : `https://${formatHostPort(routed.tlsName, routed.port)}`,
    `https://${formatHostPort(host, null)}`,
  ];
  const candidates = new Map<string, GoodBase>();
  for (const each of hosts) {
    const reading = each === null ? null : readBaseUrl(each);
    if (reading?.ok === true && candidates.size < MOST_GUESSES) candidates.set(reading.href, reading);
  }
  return Promise.all([...candidates.values()].map(async (each) => ({ baseUrl: each.href, isHomeserver: await isClientApi(asking, each) })));
}

async function isClientApi(asking: Asking, { href }: GoodBase): Promise<boolean> {
  const { hop, body } = await fetchHop(asking, new URL(`${href}${VERSIONS_PATH}`), null);
  return hop.response.status === "done" && hop.response.value.status === 200 && readVersions(body) !== null;
}

/** The server that logs users in, where there is one besides the homeserver (MSC2965; Client-Server API, "OAuth 2.0 API"). */
async function followIssuer(
  asking: Asking,
  api: ClientFacts["api"],
  reading: Extract<ClientReading, { kind: "object" }> | null,
): Promise<ClientFacts["issuer"]> {
  const metadata = api?.endpoints.find((endpoint) => endpoint.metadata !== undefined)?.metadata;
  const fromApi = metadata?.status === "done" ? metadata.value.issuer : null;
  const url = fromApi ?? reading?.issuer ?? null;
  if (url === null) return null;
  const named = fromApi === null ? "file" : "auth_metadata";
  return { url, named, hop: await discoveryOf(asking, url) };
}

async function discoveryOf(asking: Asking, issuer: string): Promise<Hop | null> {
  if (!URL.canParse(issuer) || new URL(issuer).protocol !== "https:") return null;
  const url = new URL(issuer);
  url.search = "";
  url.hash = "";
  url.pathname = `${withoutEndingSlashes(url.pathname)}/.well-known/openid-configuration`;
  return (await fetchHop(asking, url, null)).hop;
}
