/**
 * A policy, kept where every socket is opened that a server name can cause: no other way leads to the network. What is denied is
 * `untested`, because of its address or its port. Answers also lose what they tell of this machine.
 */
import { isIPv6 } from "node:net";
import type { ConnectionFacts, DnsOutcome } from "../facts/facts.ts";
import { isPortAllowed, type Policy } from "../facts/policy.ts";
import { isPublicAddress, notPublicKind } from "../facts/public-address.ts";
import { formatResolver, type ResolverAddress } from "./dns/resolver-address.ts";
import type { Connection, ConnectTo, DnsClient, FurtherConnection, Io, PlainConnection, TlsClient } from "./io.ts";

type Denial = "policy-address" | "policy-port";
const DNS_PORT = 53;
/** Who names the server isn't who runs the check: half of what is asked otherwise. */
export const MOST_ADDRESSES_BY_POLICY = 16;

interface Place {
  address: string;
  port: number;
}

/**
 * The same Io within the limits of the policy. `resolvers`: the configured ones. The operator chose them, so they are allowed.
 * Make one for each check: it remembers to which places `connectTo` sent that check.
 */
export function withPolicy(io: Io, policy: Policy, resolvers: readonly ResolverAddress[]): Io {
  const given = new GivenPlaces(io.connectTo);
  const denialOf = (address: string, port: number, isUsualPort: boolean): Denial | null => {
    if (given.has(address, port)) return null;
    if (policy.privateAddresses === "deny" && !isPublicAddress(address)) return "policy-address";
    return isUsualPort || given.hasPort(port) ? null : "policy-port";
  };
  const limited = async <C extends Connection | FurtherConnection | PlainConnection>(
    to: Place,
    connect: () => Promise<C>,
  ): Promise<C | (Connection & PlainConnection)> => {
    const denial = denialOf(to.address, to.port, isPortAllowed(policy, to.port));
    return denial === null ? withoutOwnAddress(await connect()) : denied(to, denial);
  };
  const tls: TlsClient = {
    connect: (to, signal) => limited(to, () => io.tls.connect(to, signal)),
    connectFurther: (to, signal) => limited(to, () => io.tls.connectFurther(to, signal)),
    connectPlain: (to, signal) => limited(to, () => io.tls.connectPlain(to, signal)),
  };
  const nameOf = namesOf(resolvers);
  const dns: DnsClient = {
    query: async (...question) => withoutResolver(await io.dns.query(...question), nameOf),
    queryAt: async (server, ...question) => {
      // By identity: a nameserver may well have the address of a resolver, and then it is the name's owner who sends us there.
      const isOurs = io.comparedResolvers?.includes(server) === true;
      if (isOurs) return withoutResolver(await io.dns.queryAt(server, ...question), nameOf);
      // Zones name their nameservers without a port.
      const denial = server.transport === "dns" ? denialOf(server.address, server.port, server.port === DNS_PORT) : "policy-address";
      return denial === null ? io.dns.queryAt(server, ...question) : { status: "untested", because: denial };
    },
  };
  return {
    ...io,
    dns,
    tls,
    connectTo: given,
    mostAddresses: MOST_ADDRESSES_BY_POLICY,
    resolverName: (resolver) => nameOf(formatResolver(resolver)),
    hostsFile: () => Promise.resolve(null),
  };
}

/**
 * What `--connect-to` said during one check: the operator chose these places. Where it leaves the address to DNS, only the port was chosen.
 */
class GivenPlaces implements ConnectTo {
  readonly #connectTo: ConnectTo;
  readonly #places = new Set<string>();
  readonly #ports = new Set<number>();

  constructor(connectTo: ConnectTo) {
    this.#connectTo = connectTo;
  }

  resolve(host: string, port: number): { addresses: string[] | null; port: number } {
    const found = this.#connectTo.resolve(host, port);
    for (const address of found.addresses ?? []) this.#places.add(`${address} ${found.port}`);
    if (found.addresses === null && found.port !== port) this.#ports.add(found.port);
    return found;
  }

  has(address: string, port: number): boolean {
    return this.#places.has(`${address} ${port}`);
  }

  hasPort(port: number): boolean {
    return this.#ports.has(port);
  }
}

/** A connection that wasn't tried. */
function denied({ address, port }: Place, because: Denial): Connection & PlainConnection {
  const facts: ConnectionFacts = {
    address,
    family: isIPv6(address) ? 6 : 4,
    port,
    tcp: { status: "untested", because },
    tls: { status: "skipped", because: "blocked", note: "not allowed by the policy" },
  };
  return { facts, socket: null, alpnProtocol: null, close: () => undefined };
}

/** Without this machine's own address, which may be one of an inner network. */
function withoutOwnAddress<C extends { facts: Pick<ConnectionFacts, "tcp"> }>(connection: C): C {
  const { tcp } = connection.facts;
  return tcp.status === "done"
    ? { ...connection, facts: { ...connection.facts, tcp: { ...tcp, value: { localAddress: "" } } } }
    : connection;
}

/** `resolver`, or `resolver 2` of several, by what they are called otherwise. */
function namesOf(resolvers: readonly ResolverAddress[]): (label: string) => string {
  const labels = resolvers.map(formatResolver);
  return (label) => {
    const index = labels.indexOf(label);
    return labels.length > 1 && index !== -1 ? `resolver ${index + 1}` : "resolver";
  };
}

/** Errors hold the resolver's address and what the system says of it. */
function withoutResolver<R>(outcome: DnsOutcome<R>, nameOf: (label: string) => string): DnsOutcome<R> {
  if (outcome.status === "done" && outcome.value.transport !== "file") {
    const { value } = outcome;
    return {
      ...outcome,
      value: {
        ...value,
        resolver: nameOf(value.resolver),
        extendedErrors: value.extendedErrors.map(({ code, text }) => ({ code, text: withoutInnerAddresses(text) })),
      },
    };
  }
  if (outcome.status === "failed")
    return { ...outcome, error: { code: outcome.error.code, message: `no resolver gave a usable answer (${outcome.error.code})` } };
  return outcome;
}

/** In their extra text resolvers name those that they asked (RFC 8914, 2), which may be in an inner network. */
function withoutInnerAddresses(text: string): string {
  return text.replace(/\d{1,3}(?:\.\d{1,3}){3}|(?:[\da-f]{0,4}:){2,8}[\da-f.]*/gi, (address) =>
    notPublicKind(address) === null ? address : "…",
  );
}
