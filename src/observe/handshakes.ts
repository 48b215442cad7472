/** Further handshakes with a server, of which only what they come to is looked at. */
import type { Outcome } from "../facts/facts.ts";
import type { FurtherConnection } from "../net/io.ts";

export async function handshakeOnly(pending: Promise<FurtherConnection>): Promise<Outcome<{ protocol: string; cipher: string }>> {
  const connection = await pending;
  connection.close();
  return handshakeOf(connection);
}

export function handshakeOf({ facts }: FurtherConnection): Outcome<{ protocol: string; cipher: string }> {
  if (facts.tcp.status !== "done") return { status: "skipped", because: "blocked", note: "no connection" };
  return facts.tls.status === "done"
    ? { ...facts.tls, value: { protocol: facts.tls.value.protocol, cipher: facts.tls.value.cipher } }
    : facts.tls;
}

export async function negotiated(pending: Promise<FurtherConnection>): Promise<Outcome<{ protocol: string | null }>> {
  const connection = await pending;
  connection.close();
  const { facts, alpnProtocol } = connection;
  return facts.tls.status === "done" ? { ...facts.tls, value: { protocol: alpnProtocol } } : facts.tls;
}
