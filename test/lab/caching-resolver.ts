/**
 * A resolver on loopback that does what makes waiting hard: it asks the nameservers of a zone in turn, and keeps what it hears, also that
 * there is nothing, for as long as the answer says (RFC 1035, 7.4; RFC 2308, 5). Over UDP.
 */
import { createSocket, type Socket } from "node:dgram";
import { decode, encode, type Packet } from "dns-packet";

export interface CachingResolver {
  port: number;
  /** `name type` of all that it was asked, in order of arrival. */
  asked: string[];
  /** Forgets everything. */
  flush(): void;
  close(): Promise<void>;
}

/** `zones`: the ports of their nameservers on 127.0.0.1, by apex. Of names in other zones it knows nothing (REFUSED). */
export async function startCachingResolver(zones: Readonly<Record<string, readonly number[]>>): Promise<CachingResolver> {
  const cache = new Map<string, { answer: Packet; storedAt: number; seconds: number }>();
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  let turn = 0;

  async function answerTo(query: Packet): Promise<Packet> {
    const question = query.questions?.[0];
    const key = `${question?.name.toLowerCase() ?? ""} ${question?.type ?? ""}`;
    asked.push(key);
    const known = cache.get(key);
    const age = known === undefined ? 0 : (performance.now() - known.storedAt) / 1000;
    if (known !== undefined && age < known.seconds) return aged(known.answer, Math.floor(age));
    const name = question?.name.toLowerCase() ?? "";
    const apex = Object.keys(zones)
      .filter((each) => name === each || name.endsWith(`.${each}`))
      .toSorted((one, other) => other.length - one.length)[0];
    const nameservers = apex === undefined ? [] : (zones[apex] ?? []);
    const port = nameservers[turn++ % nameservers.length];
    if (port === undefined) return { ...query, flags: 5 };
    const answer = await ask(port, query);
    cache.set(key, { answer, storedAt: performance.now(), seconds: keptFor(answer) });
    return answer;
  }

  function ask(port: number, query: Packet): Promise<Packet> {
    const socket = createSocket("udp4");
    sockets.add(socket);
    return new Promise((resolve) => {
      socket.on("message", (packet) => {
        sockets.delete(socket);
        socket.close();
        resolve(decode(packet));
      });
      socket.send(encode({ ...query, flags: 0 }), port, "127.0.0.1");
    });
  }

  const udp = createSocket("udp4");
  udp.on("message", (packet, peer) => {
    const query = decode(packet);
    void answerTo(query).then((answer) => {
      // QR is dns-packet's; RD and RA, and the RCODE, whose bits dns-packet doesn't write by itself.
      const reply = encode({ ...answer, id: query.id ?? 0, type: "response", flags: 0x0180 | ((answer.flags ?? 0) & 0x000f) });
      udp.send(reply, peer.port, peer.address, () => {});
    });
  });
  await new Promise<void>((resolve) => udp.bind(0, "127.0.0.1", resolve));
  sockets.add(udp);
  return {
    port: udp.address().port,
    asked,
    flush: () => cache.clear(),
    async close() {
      await Promise.all([...sockets].map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
    },
  };
}

/** Seconds: the least TTL, or that of a negative answer. */
function keptFor({ answers = [], authorities = [] }: Packet): number {
  if (answers.length > 0) return Math.min(...answers.map((record) => ("ttl" in record ? (record.ttl ?? 0) : 0)));
  const soa = authorities.find((record) => record.type === "SOA");
  return soa === undefined ? 0 : Math.min(soa.ttl ?? 0, soa.data.minimum ?? 0);
}

function aged(answer: Packet, seconds: number): Packet {
  const older = <R extends { type: string }>(record: R): R =>
    "ttl" in record && typeof record.ttl === "number" ? { ...record, ttl: record.ttl - seconds } : record;
  return { ...answer, answers: (answer.answers ?? []).map(older), authorities: (answer.authorities ?? []).map(older) };
}
