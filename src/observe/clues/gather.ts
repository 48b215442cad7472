/**
 * Clues: when something failed, a few more requests that tell similar faults apart and find the names that the fix needs. All at once, each
 * bounded, within the deadline. A healthy server costs none.
 */
import { place } from "../../facts/address.ts";
import { endpointsOf } from "../../views/endpoints.ts";
import { endpointWorks, reachesServer } from "../../views/endpoint-works.ts";
import { done } from "../../views/outcome.ts";
import { wellKnownResults } from "../../views/well-known-result.ts";
import type { Clues, Facts } from "../../facts/facts.ts";
import { asksToWait, mayBeRefusal } from "../../views/http-status.ts";
import { startDeadline } from "../../net/deadline.ts";
import type { Io } from "../../net/io.ts";
import type { Questions } from "../resolver/questions.ts";
import { askForDecoy } from "./decoy.ts";
import { requestsLeft } from "../budget.ts";
import { askAsBrowser } from "./browser.ts";
import { findHomeservers } from "./homeservers.ts";
import { followKeysName } from "./keys-name.ts";
import { askWithoutTls } from "./plain-http.ts";
import { askProxies } from "./proxies.ts";
import { askSrvHost } from "./srv-host.ts";
import { findWellKnowns } from "./well-knowns.ts";

/** Clues only add to what is known already; nobody waits for them as long as for the check itself. */
export const BUDGET_MS = 5000;
/** Endpoints that are asked again with the SRV target as Host: they are usually alike. */
const MOST_SRV_HOSTS = 4;

export async function gatherClues(whole: Io, questions: Questions, facts: Facts): Promise<Clues | null> {
  const deadline = startDeadline(BUDGET_MS, whole.signal);
  try {
    return await askFurther({ ...whole, signal: deadline.signal }, questions, facts);
  } finally {
    deadline.done();
  }
}

async function askFurther(io: Io, questions: Questions, facts: Facts): Promise<Clues | null> {
  const endpoints = endpointsOf(facts);
  const works = endpoints.map((endpoint) => endpointWorks(facts, endpoint));
  const results = wellKnownResults(facts);
  const reaches = endpoints.map((endpoint) => reachesServer(facts, endpoint));
  const noneReached = !reaches.includes(true) && (reaches.includes(false) || (endpoints.length === 0 && facts.route !== null));
  const reached = endpoints.some(({ version }) => done(version)?.server != null);
  const noWellKnown =
    results.every(({ result }) => result.kind !== "valid") && facts.route?.delegatedName === null && facts.wellKnown.status === "done";
  const refused = results.find(
    ({ result }) => result.kind === "status" && mayBeRefusal(result.response.status) && !asksToWait(result.response),
  );
  const unrouted =
    facts.route?.via === "srv" ? endpoints.filter(({ version }) => done(version) !== null && done(version)?.server === null) : [];
  const otherNames = [
    ...new Set(
      endpoints.flatMap(({ keys }) => {
        const reading = done(keys)?.reading;
        return reading?.kind === "keys" && reading.serverName !== facts.serverName ? [reading.serverName] : [];
      }),
    ),
  ];
  const left = requestsLeft(facts);
  const srvHosts = unrouted.slice(0, Math.min(MOST_SRV_HOSTS, left));
  const failed = noneReached || refused !== undefined || works.includes(false);
  if (!failed || io.signal.aborted) return null;

  const [decoy, homeservers, wellKnowns, browser, srvHost, keysName, proxies, plainHttp] = await Promise.all([
    askForDecoy(io, facts),
    noneReached && !reached ? findHomeservers(io, questions, facts) : { tried: [], found: [] },
    noneReached && noWellKnown ? findWellKnowns(io, questions, facts) : { tried: [], found: [] },
    refused === undefined ? null : askAsBrowser(io, refused.attempt),
    Promise.all(srvHosts.map((endpoint) => askSrvHost(io, facts, endpoint, place(endpoint.address, endpoint.port)))),
    otherNames[0] === undefined ? null : followKeysName(io, otherNames[0], facts),
    askProxies(io, facts, noneReached, left - srvHosts.length),
    askWithoutTls(io, facts),
  ]);
  return {
    ...(decoy === null ? {} : { decoy }),
    homeservers,
    wellKnowns,
    browser,
    srvHost: srvHost.filter((each) => each !== null),
    keysName,
    issuers: issuersOf(facts),
    proxies,
    plainHttp,
  };
}

/** As they stand in the facts of the connections, each once. */
function issuersOf(facts: Facts): Clues["issuers"] {
  const fetched = endpointsOf(facts).flatMap(({ tls }) => done(tls)?.trust.fetched?.certificates ?? []);
  return [...new Map(fetched.map(({ url, certificate }) => [url, { url, subject: certificate.subject }])).values()];
}
