/** What is mutated. Each kind sets a network or a file up from one seed, and gives what the program is to be run with. */
import { encode } from "dns-packet";
import type { CheckOptions } from "matrix-delegation-check";
import { startNetwork, type Network } from "../../test/lab/network.ts";
import { createSigner } from "../../test/lab/signing.ts";
import { respond, type LabQuery, type LabZone } from "../../test/lab/dns-zone.ts";
import type { Answer } from "../../test/lab/web-server.ts";
import { mutatedBytes, mutatedJson, mutatedText } from "./mutate.ts";
import { startProxy } from "./proxy.ts";
import type { Random } from "./random.ts";

export const NAME = "example.org";
export const HOST = "matrix.example.org";

/** A check by the library, in the victim's process. */
export interface Checked {
  options: CheckOptions;
  close(): Promise<void>;
}

export type NetworkKind = (typeof NETWORK_KINDS)[number];
export const NETWORK_KINDS = ["dns", "tls", "http", "json"] as const;

export function prepare(kind: NetworkKind, random: Random): Promise<Checked> {
  return PREPARE[kind](random);
}

const PREPARE: Record<NetworkKind, (random: Random) => Promise<Checked>> = {
  async dns(random) {
    const net = await healthy({});
    const truth: LabZone = { ...net.dns.zone };
    truth[`_matrix-fed._tcp.${NAME}`] = { SRV: [`10 5 8448 ${HOST}`, `20 5 8448 ${HOST}`] };
    const raw = (query: LabQuery): Buffer => {
      const { answers } = respond(query, { zone: truth, authenticated: false, soa: { ttl: 300, minimum: 300 } }, () => undefined);
      const [answer = encode({ type: "response", id: query.id })] = answers;
      return random.oneIn(3) ? answer : mutatedBytes(random, answer);
    };
    for (const name of Object.keys(truth)) net.dns.zone[name] = { any: { raw }, A: { raw }, AAAA: { raw }, SRV: { raw } };
    return checkedIn(net);
  },

  async tls(random) {
    const net = await healthy({ unpublished: true });
    const places = await Promise.all(
      net.options().connectTo?.map(async (entry) => {
        const [, host = "", port = "", to = ""] = /^(.*?):(\d+)::(\d+)$/.exec(entry) ?? [];
        const proxy = await startProxy(random, Number(to), 4);
        return { entry: `${host}:${port}::${proxy.port}`, proxy };
      }) ?? [],
    );
    const checked = checkedIn(net, { connectTo: places.map(({ entry }) => entry) });
    return {
      options: checked.options,
      async close() {
        await Promise.all(places.map(({ proxy }) => proxy.close()));
        await checked.close();
      },
    };
  },

  async http(random) {
    const body = random.pick([JSON.stringify({ "m.server": `${HOST}:443` }), VERSION, keys()]);
    const head = random.pick([
      `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
      `HTTP/1.1 302 Found\r\nLocation: https://${NAME}/.well-known/matrix/server?\r\nContent-Length: 0\r\nDate: Sat, 28 Nov 2026 00:00:00 GMT\r\nServer: nginx\r\n\r\n`,
      `HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nCache-Control: max-age=3600\r\nSet-Cookie: a=b\r\n\r\n<html><title>503</title></html>`,
    ]);
    const raw = mutatedBytes(random, Buffer.from(head));
    return checkedIn(await healthy(random.oneIn(2) ? { atName: { onSecure: { raw } } } : { atHost: { onSecure: { raw } } }));
  },

  async json(random) {
    const of = (body: string): Answer => ({ headers: { "content-type": "application/json" }, body });
    const changed = (text: string): string =>
      random.oneIn(2) ? JSON.stringify(mutatedJson(random, JSON.parse(text))) : mutatedText(random, text);
    const which = random.below(3);
    return checkedIn(
      await healthy({
        ...(which === 0 ? { wellKnown: of(changed(JSON.stringify({ "m.server": `${HOST}:443` }))) } : {}),
        ...(which === 1 ? { atHost: { routes: { "/_matrix/federation/v1/version": of(changed(VERSION)) } } } : {}),
        ...(which === 2 ? { atHost: { routes: { "/_matrix/key/v2/server": of(changed(keys())) } } } : {}),
      }),
    );
  },
};

const VERSION = JSON.stringify({ server: { name: "Synapse", version: "1.152.0" } });

function keys(): string {
  return JSON.stringify(createSigner(NAME).keyResponse());
}

type Web = NonNullable<Parameters<Network["web"]>[1]>;
type Server = NonNullable<Parameters<Network["homeserver"]>[1]>;

/** The usual network, but for what is given. */
async function healthy({
  wellKnown,
  atName = {},
  atHost = {},
}: {
  wellKnown?: Answer;
  atName?: Web;
  atHost?: Server;
  unpublished?: boolean;
}): Promise<Network> {
  const net = await startNetwork();
  await net.web(NAME, { routes: { "/.well-known/matrix/server": wellKnown ?? { body: { "m.server": `${HOST}:443` } } }, ...atName });
  await net.homeserver(NAME, { host: HOST, port: 443, ...atHost });
  return net;
}

function checkedIn(net: Network, more: CheckOptions = {}): Checked {
  return { options: { ...net.options({ timeoutMs: 700, deadlineMs: 2500 }), ...more }, close: () => net.close() };
}

/** A zone that a check could use; what is read of it is mutated. */
export const ZONE = `$ORIGIN example.org.
$TTL 3600
@ IN SOA ns1.example.org. hostmaster.example.org. ( 2026112801 ; serial
    7200 3600 1209600 300 )
  IN NS ns1
  IN A 192.0.2.1
  IN AAAA 2001:db8::1
ns1 IN A 192.0.2.53
matrix 300 IN CNAME hs1.example.net.
_matrix-fed._tcp IN SRV 10 5 8448 matrix
_matrix._tcp 600 IN SRV 10 0 8448 matrix.example.org.
*.wild IN TXT "a \\"quoted\\" text; no comment" "second"
`;
