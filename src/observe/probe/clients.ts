/**
 * The requests to an endpoint go out as different homeservers make them. Where one is turned away and others aren't: is it the User-Agent?
 * Then everybody is asked for, and what is taken for the endpoint's answers is what one of those gets who are let through.
 */
import type { EndpointFacts, HttpFacts, Outcome } from "../../facts/facts.ts";
import { BROWSER, USER_AGENTS } from "../../matrix/user-agents.ts";
import type { HttpResult } from "../../net/io.ts";
import { isChallenge } from "../../views/challenge.ts";
import { asksToWait, isRefusal } from "../../views/http-status.ts";

/** How a homeserver asks. */
export interface Client {
  userAgent?: string | null;
  product?: string;
  plain?: true;
}

/** With this tool's name behind it, as Synapse's user_agent_suffix has it; it doesn't ask for gzip. */
export const SYNAPSE: Client = { product: USER_AGENTS.synapse, plain: true };

/** Exactly: with anything added a filter wouldn't know it. */
export function clientOf(userAgent: string): Client {
  return { userAgent: userAgent === USER_AGENTS.none ? null : userAgent, plain: true };
}

/** One of the requests that are made anyway. */
export interface Asked {
  userAgent: string;
  path: string;
  result: HttpResult;
  /** The same once more, as another. */
  ask: (as: Client) => Promise<HttpResult>;
  /** It is the answer of a homeserver. */
  isGood: (result: HttpResult) => boolean;
}

export interface AskedApart extends Pick<EndpointFacts, "refusedTo" | "answeredTo"> {
  /** Of each request, in their order, the answer that counts. */
  results: [version: HttpResult, keys: HttpResult, ...others: HttpResult[]];
  /** Where Synapse is turned away: what somebody else got for the version. */
  versionOfOthers?: HttpResult;
}

/** The first of `asked` is the version, as Synapse. `everybody`: all others are asked for, too, and a browser where all are turned away. */
export async function askApart(asked: readonly [version: Asked, keys: Asked, ...others: Asked[]], everybody: boolean): Promise<AskedApart> {
  const [version, keys, ...rest] = asked;
  const results: AskedApart["results"] = [version.result, keys.result, ...rest.map(({ result }) => result)];
  const isTold = (each: Asked): boolean => isRefused(each, each.result);
  // Some filters say "not found", or lead away. That the version alone is there for one name and not for another is reason enough to ask;
  // other paths may be missing by themselves.
  const isVersionToo = (each: Asked): boolean => each !== version && each.path === version.path;
  const isSuspect = (each: Asked): boolean => isTold(each) || (everybody && isVersionToo(each) && isKeptAway(each, each.result));
  const good = asked.filter(({ result, isGood }) => isGood(result));
  if (!asked.some(version.isGood(version.result) ? isSuspect : isTold)) return { results };
  // Where nobody is let in, a browser may be.
  if (good.length === 0 && !(everybody && isTold(version))) return { results };
  const mayBeLetIn = [...good.map(({ userAgent }) => userAgent), ...(everybody ? [BROWSER] : [])];
  const refusedTo: NonNullable<EndpointFacts["refusedTo"]> = [];
  /** The request by which everybody is told apart, who was let in by that one, and how it shows. */
  let told: { by: Asked; answered: Set<string>; filter: Filter } | null = null;
  let versionOfOthers: HttpResult | null = null;
  // Whoever asks to wait isn't asked again, by whatever name.
  let isResting = asked.some(({ result }) => isToWait(result));
  const ask = async (each: Asked, userAgent: string): Promise<HttpResult | null> => {
    if (isResting) return null;
    const result = await each.ask(clientOf(userAgent));
    isResting = isToWait(result);
    return isResting ? null : result;
  };
  /** An answer by chance isn't a filter: it is turned away twice more, one after the other, so that backends that take turns show. */
  const turnedAwayAgain = async (
    each: Asked,
    userAgent: string,
    isAway: Filter["isAway"] = isRefused,
  ): Promise<Outcome<HttpFacts> | null> => {
    const first = await ask(each, userAgent);
    const second = first === null || !isAway(each, first) ? null : await ask(each, userAgent);
    return second !== null && isAway(each, second) ? second.outcome : null;
  };

  let witness: string | null = version.isGood(version.result) ? USER_AGENTS.synapse : null;
  if (isTold(version)) {
    const exactly = await ask(version, USER_AGENTS.synapse);
    if (exactly === null) return { results };
    results[0] = exactly;
    // It was this tool's own name.
    if (version.isGood(exactly)) witness = USER_AGENTS.synapse;
    else
      for (const userAgent of mayBeLetIn) {
        const asAnother = await ask(version, userAgent);
        if (asAnother === null || !version.isGood(asAnother)) continue;
        const response = await turnedAwayAgain(version, USER_AGENTS.synapse);
        if (response === null) return { results };
        witness = userAgent;
        refusedTo.push({ userAgent: USER_AGENTS.synapse, path: version.path, response });
        told = { by: version, answered: new Set([userAgent]), filter: REFUSES };
        versionOfOthers = asAnother;
        break;
      }
  }
  if (witness === null) return { results };

  for (const [index, each] of asked.entries()) {
    if (index === 0 || !isSuspect(each) || (!isTold(each) && each.userAgent === witness)) continue;
    const asWitness = await ask(each, witness);
    if (asWitness === null) continue;
    const filter = !isTold(each) ? KEEPS_AWAY : each.isGood(asWitness) ? REFUSES : HIDES;
    // What is behind the filter isn't good either: it must be there again.
    const isThere = filter !== HIDES || filter.isLet(each, asWitness);
    const again = filter === HIDES && isThere ? await ask(each, witness) : asWitness;
    if (again === null) continue;
    const isLet = isThere && filter.isLet(each, again);
    // A filter may know this path alone, and let in browsers alone.
    const mayBeForBrowsers = !isLet && each === keys && everybody && witness !== BROWSER && isRefused(each, asWitness);
    const asBrowser = mayBeForBrowsers ? await ask(each, BROWSER) : null;
    const letIn = isLet ? again : asBrowser !== null && each.isGood(asBrowser) ? asBrowser : null;
    if (letIn === null) continue;
    const response = await turnedAwayAgain(each, each.userAgent, filter.isAway);
    if (response === null) continue;
    if (!isLet) {
      const toWitness = await turnedAwayAgain(each, witness);
      if (toWitness === null) continue;
      refusedTo.push({ userAgent: witness, path: each.path, response: toWitness });
    }
    results[index] = letIn;
    refusedTo.push({ userAgent: each.userAgent, path: each.path, response });
    told ??= { by: each, answered: new Set([isLet ? witness : BROWSER]), filter: isLet ? filter : REFUSES };
  }
  if (told === null) return { results };

  const { by, answered, filter } = told;
  // By another request nothing is known of this one.
  if (by.isGood(by.result)) answered.add(by.userAgent);
  if (!everybody) for (const { userAgent } of good) answered.add(userAgent);
  const known = new Set([...answered, ...refusedTo.map(({ userAgent }) => userAgent)]);
  const others = everybody && !isResting ? Object.values(USER_AGENTS).filter((userAgent) => !known.has(userAgent)) : [];
  const answers = await Promise.all(others.map(async (userAgent) => ({ userAgent, result: await by.ask(clientOf(userAgent)) })));
  for (const { userAgent, result } of answers) {
    if (filter.isLet(by, result)) answered.add(userAgent);
    else if (filter.isAway(by, result)) refusedTo.push({ userAgent, path: by.path, response: result.outcome });
  }
  const refused = new Set(refusedTo.map(({ userAgent }) => userAgent));
  return {
    results,
    refusedTo,
    answeredTo: [...answered].filter((userAgent) => !refused.has(userAgent)),
    ...(versionOfOthers === null ? {} : { versionOfOthers }),
  };
}

/** How it shows whom a filter turns away. */
interface Filter {
  isLet: (asked: Asked, result: HttpResult) => boolean;
  isAway: (asked: Asked, result: HttpResult) => boolean;
}

const REFUSES: Filter = { isLet: ({ isGood }, result) => isGood(result), isAway: isRefused };
/** Without a word of refusal: another page, or none. */
const KEEPS_AWAY: Filter = { ...REFUSES, isAway: isKeptAway };
/** Whoever is let in doesn't get a good answer either: something else is wrong behind the filter. */
const HIDES: Filter = {
  isLet: (asked, result) => result.outcome.status === "done" && !isToWait(result) && !isRefused(asked, result),
  isAway: isRefused,
};

function isToWait({ outcome }: HttpResult): boolean {
  return outcome.status === "done" && asksToWait(outcome.value);
}

/** By whatever answer of something that stands in front of the homeserver. */
function isKeptAway(asked: Asked, result: HttpResult): boolean {
  if (asked.isGood(result) || isToWait(result)) return false;
  const { outcome } = result;
  // 5xx is a backend's trouble, whoever asks.
  const isPage = outcome.status === "done" && outcome.value.status < 500 && !outcome.value.excerpt.trimStart().startsWith("{");
  return isRefused(asked, result) || isPage;
}

function isRefused({ isGood }: Asked, result: HttpResult): boolean {
  return !isGood(result) && isTurnedAway(result.outcome);
}

/** By a filter, not by the homeserver. 429 is a rate limit, and never answered with another try. */
export function isTurnedAway(outcome: Outcome<HttpFacts>): boolean {
  if (outcome.status === "failed") return outcome.error.code === "closed" || outcome.error.code === "reset";
  if (outcome.status !== "done" || outcome.value.matrixError !== null || outcome.value.status === 429) return false;
  return isChallenge(outcome.value) || isRefusal(outcome.value.status) || outcome.value.status === 406;
}
