/**
 * Clues: when something failed, a few more requests that tell similar faults apart and find the names that the fix needs. All at once, each
 * bounded, within the deadline. A healthy server costs none.
 */
import { endpointsOf } from "../../views/endpoints.ts";
import { endpointWorks, reachesServer } from "../../views/endpoint-works.ts";
import { done } from "../../views/outcome.ts";
import { wellKnownResults } from "../../views/well-known-result.ts";
import type { Clues, EndpointFacts, Facts } from "../../facts/facts.ts";
import { placesThatAskToWait } from "../../views/asks-to-wait.ts";
import { asksToWait, mayBeRefusal } from "../../views/http-status.ts";
import { startDeadline } from "../../net/deadline.ts";
import type { Io } from "../../net/io.ts";
import type { Questions } from "../resolver/questions.ts";
import { askForDecoy } from "./decoy.ts";
import { requestsLeft } from "../budget.ts";
import { askAsBrowser } from "./browser.ts";
import { askFronts } from "./fronts.ts";
import { findHomeservers } from "./homeservers.ts";
import { followKeysName } from "./keys-name.ts";
import { askOtherHosts } from "./other-hosts.ts";
import { askWithoutTls } from "./plain-http.ts";
import { askProxies } from "./proxies.ts";
import { findWellKnowns } from "./well-knowns.ts";

/** Clues only add to what is known already; nobody waits for them as long as for the check itself. */
export const BUDGET_MS = 5000;
/** Requests with other Hosts, and with the right one after them, that one endpoint gets at the most. */
const HOSTS_EACH = 6;

/** `spent`: requests that somebody else makes meanwhile. */
export async function gatherClues(whole: Io, questions: Questions, facts: Facts, spent = 0): Promise<Clues | null> {
  const deadline = startDeadline(BUDGET_MS, whole.signal);
  try {
    return await askFurther({ ...whole, signal: deadline.signal }, questions, facts, spent);
  } finally {
    deadline.done();
  }
}

/** Of the endpoints at which no homeserver answers, so many are asked with other Hosts. */
const MOST_UNANSWERED = 4;

function isUnanswered({ version }: EndpointFacts): boolean {
  if (version.status === "failed") return version.error.code !== "timeout";
  return version.status === "done" && version.value.server === null;
}

async function askFurther(io: Io, questions: Questions, facts: Facts, spent: number): Promise<Clues | null> {
  const endpoints = endpointsOf(facts);
  const works = endpoints.map((endpoint) => endpointWorks(facts, endpoint));
  const results = wellKnownResults(facts);
  const reaches = endpoints.map((endpoint) => reachesServer(facts, endpoint));
  const noneReached = !reaches.includes(true) && (reaches.includes(false) || (endpoints.length === 0 && facts.route !== null));
  const reached = endpoints.some(({ version }) => done(version)?.server != null);
  const noWellKnown =
    results.every(({ result }) => result.kind !== "valid") && facts.route?.delegatedName === null && facts.wellKnown.status === "done";
  // Whatever answers on the route that is left, the file was meant to lead elsewhere.
  const isInvalid = results.some(({ result }) => result.kind === "invalid-m-server");
  const refused = results.find(
    ({ result }) => result.kind === "status" && mayBeRefusal(result.response.status) && !asksToWait(result.response),
  );
  const left = Math.max(0, requestsLeft(facts, io.fewConnections === true) - spent);
  // Whoever asks to wait isn't asked for more, under whatever name.
  const resting = placesThatAskToWait(facts);
  // A homeserver that answers to another Host explains any failure but silence.
  const unanswered = endpoints
    .filter(
      (endpoint, index) =>
        works[index] === false && endpoint.tls.status === "done" && isUnanswered(endpoint) && !resting.has(endpoint.place),
    )
    .slice(0, Math.min(MOST_UNANSWERED, Math.floor(left / HOSTS_EACH)));
  const otherNames = [
    ...new Set(
      endpoints.flatMap(({ keys }) => {
        const reading = done(keys)?.reading;
        return reading?.kind === "keys" && reading.serverName !== facts.serverName ? [reading.serverName] : [];
      }),
    ),
  ];
  const failed = noneReached || isInvalid || refused !== undefined || works.includes(false);
  if (!failed || io.signal.aborted) return null;

  const [decoy, homeservers, wellKnowns, browser, otherHosts, keysName, proxies, plainHttp, fronts] = await Promise.all([
    askForDecoy(io, facts),
    isInvalid || (noneReached && !reached) ? findHomeservers(io, questions, facts, resting) : { tried: [], found: [] },
    noneReached && noWellKnown ? findWellKnowns(io, questions, facts, resting) : { tried: [], found: [] },
    refused === undefined ? null : askAsBrowser(io, refused.attempt),
    Promise.all(unanswered.map((endpoint) => askOtherHosts(io, facts, endpoint))),
    otherNames[0] === undefined ? null : followKeysName(io, otherNames[0], facts),
    askProxies(io, facts, noneReached, resting, left - unanswered.length * HOSTS_EACH),
    askWithoutTls(io, facts),
    askFronts(io, facts, resting),
  ]);
  return {
    ...(decoy === null ? {} : { decoy }),
    homeservers,
    wellKnowns,
    browser,
    srvHost: [],
    otherHosts: otherHosts.flat(),
    keysName,
    issuers: issuersOf(facts),
    proxies,
    plainHttp,
    fronts,
  };
}

/** As they stand in the facts of the connections, each once. */
function issuersOf(facts: Facts): Clues["issuers"] {
  const fetched = endpointsOf(facts).flatMap(({ tls }) => done(tls)?.trust.fetched?.certificates ?? []);
  return [...new Map(fetched.map(({ url, certificate }) => [url, { url, subject: certificate.subject }])).values()];
}
