/** The missing intermediate: fetched from where the certificate says (RFC 5280, 4.2.2.1), to name it. It is never trusted for that. */
import { X509Certificate } from "node:crypto";
import type { Clues, TlsFacts } from "../../facts/facts.ts";
import type { Io } from "../../net/io.ts";
import { isPublicAddress } from "../../facts/public-address.ts";
import { whereIs, type Questions } from "../resolver/questions.ts";

const MAX_BYTES = 65_536;

/**
 * A certificate is the server's word: what it names inside this machine's network is left alone, unless private addresses are meant to be
 * checked.
 */
export async function fetchIssuers(
  io: Io,
  questions: Questions,
  incomplete: readonly TlsFacts[],
  allowPrivate: boolean,
): Promise<Clues["issuers"]> {
  const last = incomplete.flatMap(({ chain, trust }) => chain[trust.path.at(-1) ?? 0]?.issuerUrls.slice(0, 1) ?? []);
  const urls = [...new Set(last)].filter((url) => URL.canParse(url) && new URL(url).protocol === "http:").slice(0, 3);
  return Promise.all(urls.map(async (url) => ({ url, subject: await subjectAt(io, questions, new URL(url), allowPrivate) })));
}

async function subjectAt(io: Io, questions: Questions, url: URL, allowPrivate: boolean): Promise<string | null> {
  const where = await whereIs(io, questions, url.hostname, url.port === "" ? 80 : Number(url.port));
  const first = where.addresses.find(({ address }) => allowPrivate || isPublicAddress(address));
  if (first === undefined) return null;
  const connection = await io.tls.connectPlain({ address: first.address, port: where.port }, io.signal);
  try {
    if (connection.socket === null) return null;
    const { outcome, body } = await io.http.request(
      connection,
      { path: `${url.pathname}${url.search}`, host: url.host, maxBytes: MAX_BYTES },
      io.signal,
    );
    if (outcome.status !== "done" || outcome.value.status !== 200) return null;
    return new X509Certificate(body).subject.replaceAll("\n", ", ");
  } catch {
    // What came is no certificate, in DER or PEM.
    return null;
  } finally {
    connection.close();
  }
}
