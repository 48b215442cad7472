/**
 * One URL, asked as different homeservers over one connection (where answers take long, over several): does a filter know their names?
 * Only answers that differ, and differ again, are told apart.
 */
import type { DifferentAnswer, Hop, HttpFacts, Outcome } from "../../facts/facts.ts";
import { REPRESENTATIVES, USER_AGENTS } from "../../matrix/user-agents.ts";
import { readWellKnown } from "../../matrix/well-known.ts";
import type { Connection, FurtherConnection, HttpResult, Io, PlainConnection } from "../../net/io.ts";
import { isChallenge } from "../../views/challenge.ts";
import { asksToWait, isRedirect, mayBeRefusal } from "../../views/http-status.ts";
import { WELL_KNOWN_MAX_BYTES } from "../../views/well-known-result.ts";

/** All others that ask for the file: who is asked for once it is known that a filter is there. */
const EVERYBODY = [...REPRESENTATIVES, USER_AGENTS.conduwuit, USER_AGENTS.tuwunel];

/** After an answer that took longer, the others are asked for side by side: nobody waits for several such answers in a row. */
const SLOW_MS = 1000;

export class Clients {
  readonly #io: Io;
  readonly #url: { path: string; host: string };
  readonly #connect: () => Promise<Connection | FurtherConnection | PlainConnection>;
  /** Open and not in use. */
  #idle: Connection | FurtherConnection | PlainConnection | null;

  constructor(
    io: Io,
    url: { path: string; host: string },
    first: Connection | FurtherConnection | PlainConnection,
    connect: () => Promise<Connection | FurtherConnection | PlainConnection>,
  ) {
    this.#io = io;
    this.#url = url;
    this.#idle = first;
    this.#connect = connect;
  }

  /** As Synapse, with this tool's name behind its own (Synapse's user_agent_suffix does the same). */
  ask(): Promise<HttpResult> {
    return this.#over(this.#idle, null);
  }

  /** Exactly as it, over the connection that is there; what comes of one that was used before is believed only if it is an answer. */
  async askAs(userAgent: string): Promise<HttpResult> {
    const used = this.#idle;
    const result = await this.#over(used, userAgent);
    return used === null || result.outcome.status === "done" || isTimeout(result.outcome) ? result : this.#over(null, userAgent);
  }

  close(): void {
    this.#idle?.close();
    this.#idle = null;
  }

  async #over(idle: Connection | FurtherConnection | PlainConnection | null, userAgent: string | null): Promise<HttpResult> {
    this.#idle = null;
    const connection = idle ?? (await this.#connect());
    const isSynapse = userAgent === null || userAgent === USER_AGENTS.synapse;
    const result = await this.#io.http.request(
      connection,
      {
        ...this.#url,
        // Go's client sends none.
        ...(userAgent === USER_AGENTS.go ? {} : { headers: { accept: isSynapse ? "application/json" : "*/*" } }),
        ...(userAgent === null ? { product: USER_AGENTS.synapse } : { userAgent: userAgent === "" ? null : userAgent }),
        maxBytes: WELL_KNOWN_MAX_BYTES,
        keepOpen: true,
      },
      this.#io.signal,
    );
    if (result.open === true && this.#idle === null) this.#idle = connection;
    else connection.close();
    return result;
  }

  /** More than one connection at a time is for who checks one name. */
  get mayBeSeveral(): boolean {
    return this.#io.fewConnections !== true;
  }
}

/** It may have been turned away for its name. */
export function maybeFiltered({ outcome }: HttpResult): boolean {
  if (outcome.status === "failed") return outcome.error.code === "closed" || outcome.error.code === "reset";
  return outcome.status === "done" && (mayBeRefusal(outcome.value.status) || isChallenge(outcome.value)) && !asksToWait(outcome.value);
}

/** A file, or where it is. */
export function isLet({ outcome, body }: HttpResult): boolean {
  const word = wordOf({ outcome, body });
  return word !== null && word !== "nothing";
}

/**
 * Asks as the others do, and notes at the hop who gets something else. `said` is what Synapse got. A server that wants to be left alone is.
 */
export async function askAsOthers(clients: Clients, hop: Hop, said: HttpResult): Promise<void> {
  const word = wordOf(said);
  // A file that isn't there isn't there for anybody, in all likelihood; one question is enough to see.
  const others = word !== "nothing" || maybeFiltered(said) ? REPRESENTATIVES : isMissing(said.outcome) ? [USER_AGENTS.go] : [];
  const askEach = clients.mayBeSeveral && "ms" in said.outcome && said.outcome.ms > SLOW_MS ? askAtOnce : askAll;
  const answers = await askEach(clients, others);
  if (answers === null) return;
  const differing = answers.filter(({ result }) => wordOf(result) !== word);
  if (differing.length === 0) return;
  // An answer by chance isn't a filter: all say the same once more, and one of them twice in a row, so that backends that take turns show.
  const asked = differing.filter(({ result }) => !isTimeout(result.outcome)).map((each) => each.userAgent);
  const again = await askAll(clients, [USER_AGENTS.synapse, ...asked, ...asked.slice(-1)]);
  if (again === null) return;
  const isStable = again.every(({ userAgent, result }) => {
    const before = differing.find((each) => each.userAgent === userAgent);
    return wordOf(result) === (before === undefined ? word : wordOf(before.result));
  });
  const left = EVERYBODY.filter((userAgent) => !answers.some((each) => each.userAgent === userAgent));
  const further = isStable ? await askEach(clients, left) : null;
  if (further === null) return;
  const all = [...answers, ...further];
  hop.others = all.flatMap((each) => (wordOf(each.result) === word ? [] : [differentAnswer(each)]));
  hop.alike = all.flatMap(({ userAgent, result }) => (wordOf(result) === word ? [userAgent] : []));
}

interface Answered {
  userAgent: string;
  result: HttpResult;
}

/** One after the other, until one waits in vain. Null: nothing can be said. */
async function askAll(clients: Clients, userAgents: readonly string[]): Promise<Answered[] | null> {
  const answers: Answered[] = [];
  for (const userAgent of userAgents) {
    const result = await clients.askAs(userAgent);
    if (saysNothing(result)) return null;
    answers.push({ userAgent, result });
    if (isTimeout(result.outcome)) break;
  }
  return answers;
}

/** Side by side, all of them. Null: nothing can be said. */
async function askAtOnce(clients: Clients, userAgents: readonly string[]): Promise<Answered[] | null> {
  const answers = await Promise.all(userAgents.map(async (userAgent) => ({ userAgent, result: await clients.askAs(userAgent) })));
  return answers.some(({ result }) => saysNothing(result)) ? null : answers;
}

function saysNothing(result: HttpResult): boolean {
  return wordOf(result) === null || (result.outcome.status === "done" && asksToWait(result.outcome.value));
}

/** What an answer amounts to; null when this machine couldn't ask. */
function wordOf({ outcome, body }: HttpResult): string | null {
  if (outcome.status === "failed") return "nothing";
  if (outcome.status !== "done") return null;
  const { status, truncated } = outcome.value;
  if (isRedirect(status)) return "redirect";
  if (status !== 200 || truncated || isChallenge(outcome.value)) return "nothing";
  const reading = readWellKnown(body);
  return reading.kind === "m.server" ? `m.server ${reading.value}` : "nothing";
}

function differentAnswer({ userAgent, result: { outcome, body } }: Answered): DifferentAnswer {
  const isWhole = outcome.status === "done" && outcome.value.status === 200 && !outcome.value.truncated;
  return { userAgent, response: outcome, reading: isWhole ? readWellKnown(body) : null };
}

function isTimeout(outcome: Outcome<unknown>): boolean {
  return outcome.status === "failed" && outcome.error.code === "timeout";
}

function isMissing(outcome: Outcome<HttpFacts>): boolean {
  return outcome.status === "done" && (outcome.value.status === 404 || outcome.value.status === 410);
}
