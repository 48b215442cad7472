/**
 * Is there a homeserver on 443 or 8448 of the hosts by which it is usually known, where an SRV record leads that isn't used, or where a
 * broken m.server was to lead?
 */
import { certificateFaults } from "../../views/certificate.ts";
import type { Clues, Facts, FoundHomeserver } from "../../facts/facts.ts";
import { USER_AGENTS } from "../../matrix/user-agents.ts";
import { isSuccess } from "../../views/http-status.ts";
import { parseServerName, type ServerName } from "../../matrix/server-name.ts";
import { meantBy } from "../../matrix/well-known.ts";
import { wellKnownResults } from "../../views/well-known-result.ts";
import { readKeys } from "../../matrix/signing-keys.ts";
import type { Io } from "../../net/io.ts";
import { KEYS_MAX_BYTES, KEYS_PATH, serverOf, VERSION_MAX_BYTES, VERSION_PATH } from "../probe/federation-api.ts";
import { meantTargets, publishedRecords } from "../../views/found-homeserver.ts";
import { isIpLiteral, place } from "../../facts/address.ts";
import { whereIs, type Questions } from "../resolver/questions.ts";

const PORTS = [443, 8448];
const USUAL_LABELS = ["matrix", "synapse"];
/** Addresses may have different files. */
const MOST_MEANT = 2;
/** Of each host, that many addresses. */
const ADDRESSES = 2;
/** Of the places that records name. */
const MOST_PUBLISHED = 3;

/** `resting`: places that aren't asked. */
export async function findHomeservers(
  io: Io,
  questions: Questions,
  facts: Facts,
  resting: ReadonlySet<string>,
): Promise<Clues["homeservers"]> {
  const base = facts.wellKnown.status === "done" ? facts.wellKnown.value.host : null;
  const routed = facts.targets.map(({ host, port }) => `${host}:${port}`);
  const meant = meantNames(facts);
  const hosts = [
    ...new Set([
      ...meant.map(({ dnsHost }) => dnsHost),
      ...facts.targets.map(({ host }) => host),
      ...(base === null ? [] : [base, ...USUAL_LABELS.map((label) => `${label}.${base}`)]),
    ]),
  ].slice(0, 8);
  const published = [...meantTargets(facts), ...publishedRecords(facts).map(({ target, port }) => ({ host: target, port }))]
    .filter(({ host, port }) => port !== 0 && parseServerName(`${host}:${port}`).ok && !isIpLiteral(host))
    .filter(({ host, port }) => !routed.includes(`${host}:${port}`))
    .slice(0, MOST_PUBLISHED);
  const places = [
    ...meant.flatMap(({ dnsHost, port }) => (port === null ? [] : [{ host: dnsHost, port }])),
    ...hosts.flatMap((host) => PORTS.map((port) => ({ host, port }))),
    ...published,
  ];
  const candidates = [...new Map(places.map((each) => [`${each.host.toLowerCase()}:${each.port}`, each])).values()].filter(
    ({ host, port }) => !routed.includes(`${host}:${port}`),
  );
  const found = await Promise.all(candidates.map(({ host, port }) => lookAt(io, questions, facts, resting, host, port)));
  return { tried: candidates.map(({ host, port }) => `${host}:${port}`), found: found.flat() };
}

/** What was probably meant by an m.server that is no server name. */
function meantNames(facts: Facts): ServerName[] {
  const values = wellKnownResults(facts).flatMap(({ result }) => (result.kind === "invalid-m-server" ? [result.value] : []));
  return [...new Set(values)].slice(0, MOST_MEANT).flatMap((value) => {
    const name = meantBy(value);
    return name === null ? [] : [name];
  });
}

async function lookAt(
  io: Io,
  questions: Questions,
  facts: Facts,
  resting: ReadonlySet<string>,
  host: string,
  port: number,
): Promise<FoundHomeserver[]> {
  const where = await whereIs(io, questions, host, port);
  const asked = where.addresses.slice(0, ADDRESSES).filter(({ address }) => !resting.has(place(address, where.port)));
  const found = await Promise.all(asked.map(({ address }) => askAt(io, facts, host, address, where.port, port)));
  return found.filter((each) => each !== null).slice(0, 1);
}

/** The Host is what a well-known with this host and port would make it. */
async function askAt(
  io: Io,
  facts: Facts,
  host: string,
  address: string,
  port: number,
  targetPort: number,
): Promise<FoundHomeserver | null> {
  const isIp = isIpLiteral(host);
  const hostHeader = place(host, targetPort);
  const ask = async (path: string, maxBytes: number) => {
    const connection = await io.tls.connect({ address, port, servername: isIp ? null : host }, io.signal);
    try {
      if (connection.socket === null) return null;
      const result = await io.http.request(
        connection,
        { path, host: hostHeader, maxBytes, product: USER_AGENTS.synapse, headers: { accept: "application/json" } },
        io.signal,
      );
      return { ...result, tls: connection.facts.tls };
    } finally {
      connection.close();
    }
  };
  const [version, keys] = await Promise.all([ask(VERSION_PATH, VERSION_MAX_BYTES), ask(KEYS_PATH, KEYS_MAX_BYTES)]);
  if (version?.outcome.status !== "done" || !isSuccess(version.outcome.value.status) || version.tls.status !== "done") return null;
  const { server } = serverOf(version.outcome.value, version.body);
  if (server === null) return null;
  const reading = keys?.outcome.status === "done" && isSuccess(keys.outcome.value.status) ? readKeys(keys.body) : null;
  return {
    host,
    address,
    port,
    targetPort,
    server,
    keysName: reading?.kind === "keys" ? reading.serverName : null,
    certificateGood: certificateFaults(version.tls.value, host, isIp, new Date(facts.startedAt)).length === 0,
  };
}
