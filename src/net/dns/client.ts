/**
 * The DNS client: a question, with what follows from its answer (CNAMEs, CD=1 after SERVFAIL), to the configured resolvers.
 */
import { createSecureContext, rootCertificates, type SecureContext } from "node:tls";
import type { ExtendedError, Outcome } from "../../facts/facts.ts";
import type { DirectAnswer, DnsClient, RecordsByType } from "../io.ts";
import { isBeyondReach } from "../routes.ts";
import { ENDED_REASON, onAbort } from "../abort.ts";
import { collect, leastTtl, newWalk } from "./answer.ts";
import { createHttpsTransport } from "./https.ts";
import type { QuestionType } from "./message.ts";
import { BadNameError, type DomainName, parseName } from "../../facts/domain-name.ts";
import { race, type RaceResult, type Server } from "./race.ts";
import { formatResolver, type ResolverAddress, systemResolvers } from "./resolver-address.ts";
import { createSlots } from "./slots.ts";
import { createTlsTransport } from "./tls.ts";
import { type Transport, withEdnsFallback } from "./transport.ts";
import { createPlainTransport } from "./udp.ts";

export interface DnsClientOptions {
  /** In the order in which they are asked; when empty, the system's. */
  servers: readonly ResolverAddress[];
  /** Milliseconds for one query with all that follows from it. Waiting for a free socket doesn't count. */
  timeoutMs: number;
  /** More trusted roots as PEM for DNS over TLS and HTTPS, besides Node's. */
  ca?: readonly string[];
  /** The system's resolvers; asked for only when `servers` is empty. */
  systemServers?: () => ResolverAddress[];
}

/** Queries under way at once. Each has one socket, for moments one a resolver. */
export const MAX_QUERIES = 256;
/** The same for questions to one server: apart, so that silent nameservers don't hold up the resolvers. */
export const MAX_DIRECT_QUERIES = 128;
/** The longest silence before the next resolver is asked, milliseconds. */
const MAX_SILENCE_MS = 1_000;

/** Whom a question goes to, and how. */
interface How {
  servers: readonly Server[];
  timeoutMs: number;
  recursion: boolean;
  /** Say whether the answer is authoritative. */
  direct: boolean;
}

/**
 * One client serves thousands of checks: it remembers which resolvers are dead, and keeps connections to those over TLS and HTTPS.
 * Queries never reject. `close()` ends those under way as `untested` and closes the connections; without it they close when idle, and
 * never keep the process alive.
 */
export function createDnsClient(options: DnsClientOptions): DnsClient & { close(): void } {
  const addresses = options.servers.length > 0 ? options.servers : (options.systemServers ?? systemResolvers)();
  const transportOf = createTransports(options);
  const servers = addresses.map((address): Server => ({
    label: formatResolver(address),
    transport: withEdnsFallback(transportOf(address)),
    avoidUntil: 0,
  }));
  const slots = createSlots(MAX_QUERIES);
  const directSlots = createSlots(MAX_DIRECT_QUERIES);
  const everybody: How = { servers, timeoutMs: options.timeoutMs, recursion: true, direct: false };
  const closing = new AbortController();

  async function ask<T extends QuestionType>(
    name: string,
    type: T,
    how: How,
    signal: AbortSignal,
  ): Promise<Outcome<DirectAnswer<RecordsByType[T]>>> {
    let asked: DomainName;
    try {
      asked = parseName(name);
    } catch (error) {
      return {
        status: "failed",
        error: { code: "malformed", message: error instanceof BadNameError ? error.message : String(error) },
        ms: 0,
      };
    }
    if (how.servers.length === 0) return { status: "untested", because: "resolver" };
    if (signal.aborted || closing.signal.aborted) return { status: "untested", because: "deadline" };
    const end = new AbortController();
    const free = how.direct ? directSlots : slots;
    const stops = [signal, closing.signal].map((each) => onAbort(each, () => end.abort(ENDED_REASON)));
    try {
      if (!(await free.take(end.signal))) return { status: "untested", because: "deadline" };
      try {
        const outcome = await resolveName(asked, type, how, end.signal);
        return end.signal.aborted ? { status: "untested", because: "deadline" } : outcome;
      } finally {
        free.giveBack();
      }
    } finally {
      for (const stop of stops) stop();
    }
  }

  async function resolveName<T extends QuestionType>(
    asked: DomainName,
    type: T,
    { servers, timeoutMs, recursion, direct }: How,
    signal: AbortSignal,
  ): Promise<Outcome<DirectAnswer<RecordsByType[T]>>> {
    const startedAt = performance.now();
    const elapsed = (): number => Math.round(performance.now() - startedAt);
    const send = (name: DomainName, checkingDisabled: boolean, whom: readonly Server[]): Promise<RaceResult> =>
      race(
        whom,
        { name, type, checkingDisabled, edns: true, withoutRecursion: !recursion },
        {
          remainingMs: timeoutMs - (performance.now() - startedAt),
          silenceMs: Math.min(MAX_SILENCE_MS, timeoutMs / 5),
          signal,
        },
      );

    const walk = newWalk();
    const extendedErrors: ExtendedError[] = [];
    let authenticated = true;
    for (let name = asked; ;) {
      const result = await send(name, false, servers);
      if (result.kind === "local") return { status: "untested", because: result.because };
      if (result.kind === "failed") return { status: "failed", error: result.error, ms: elapsed() };
      const { message, server, transport } = result;
      authenticated &&= message.authenticated;
      extendedErrors.push(...message.extendedErrors);
      const { records, askNext } = collect(message, name.text, type, walk);
      if (askNext !== null && recursion) {
        // What was read from the wire fits onto it again.
        name = parseName(askNext);
        continue;
      }
      const answer: DirectAnswer<RecordsByType[T]> = {
        rcode: message.rcode,
        resolver: server.label,
        transport,
        authenticated,
        chain: walk.chain,
        loop: walk.loop,
        records,
        ttl: leastTtl(walk.chain, records),
        negativeTtl: message.soa === null ? null : Math.min(message.soa.ttl, message.soa.minimum),
        extendedErrors,
        checkingDisabled: null,
        ...(direct ? { authoritative: message.authoritative } : {}),
        ...(recursion || message.delegation === null ? {} : { delegation: message.delegation }),
      };
      if (message.rcode === "SERVFAIL" && recursion) {
        // RFC 4035, 3.2.2: with CD=1 a validating resolver says what it found, valid or not.
        const unchecked = await send(name, true, [server]);
        if (unchecked.kind === "answer") {
          const found = collect(unchecked.message, name.text, type, newWalk());
          answer.checkingDisabled = { rcode: unchecked.message.rcode, records: found.records.length };
        }
      }
      return { status: "done", value: answer, ms: elapsed() };
    }
  }

  return {
    query: (name, type, signal) => ask(name, type, everybody, signal),
    async queryAt(address, name, type, { recursion, timeoutMs }, signal) {
      const label = formatResolver(address);
      const known = servers.find((server) => server.label === label);
      // Only plain DNS is without connections that somebody must close.
      if (known === undefined && address.transport !== "dns") return { status: "untested", because: "resolver" };
      const server: Server = known ?? { label, transport: withEdnsFallback(transportOf(address)), avoidUntil: 0 };
      const outcome = await ask(
        name,
        type,
        { servers: [server], timeoutMs: Math.min(timeoutMs, options.timeoutMs), recursion, direct: true },
        signal,
      );
      if (outcome.status === "failed" && address.transport === "dns" && (await isBeyondReach(address.address)))
        return { status: "untested", because: "no-route" };
      return outcome;
    },
    close() {
      closing.abort();
      for (const { transport } of servers) transport.close();
    },
  };
}

/** The transport for an address. Trusted roots are loaded with the first connection that needs them. */
function createTransports({ ca = [], timeoutMs }: DnsClientOptions): (address: ResolverAddress) => Transport {
  const roots = ca.length === 0 ? undefined : [...rootCertificates, ...ca];
  let context: SecureContext | undefined;
  return (address) => {
    const label = formatResolver(address);
    switch (address.transport) {
      case "dns":
        return createPlainTransport({ address: address.address, port: address.port, label });
      case "tls":
        return createTlsTransport({ host: address.host, port: address.port, label }, () =>
          roots === undefined ? undefined : (context ??= createSecureContext({ ca: roots, minVersion: "TLSv1.2" })),
        );
      case "https":
        return createHttpsTransport({ url: address.url, label, roots, connectTimeoutMs: timeoutMs });
    }
  };
}
