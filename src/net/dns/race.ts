/**
 * One question to several resolvers: the first one is asked, the next one when it fails or is silent for a while; all are listened to.
 */
import { setMaxListeners } from "node:events";
import type { NetError } from "../../facts/facts.ts";
import { ENDED_REASON } from "../abort.ts";
import type { Message, Question } from "./message.ts";
import type { Reply, Transport } from "./transport.ts";

/** A resolver as this client knows it. */
export interface Server {
  /** As shown. */
  label: string;
  transport: Transport;
  /** On the clock of performance.now(): until then it is asked after the others, because it was dead. */
  avoidUntil: number;
}

export type RaceResult =
  | { kind: "answer"; message: Message; server: Server; transport: "udp" | "tcp" | "tls" | "https" }
  | { kind: "failed"; error: NetError }
  | { kind: "local"; because: "no-route" | "resolver" | "open-files" };

export interface RaceLimits {
  /** Milliseconds for all of it. */
  remainingMs: number;
  /** After so many milliseconds without an answer the next resolver is asked. */
  silenceMs: number;
  /** Ends the race; its result is of no interest then. */
  signal: AbortSignal;
}

/** How often one resolver is asked the same over a transport that loses packets. */
const MAX_TRIES = 3;
const AVOID_MS = 30_000;

/** RCODEs that say something about the name; every other one says that this resolver can't tell. */
const CONCLUSIVE = new Set(["NOERROR", "NXDOMAIN", "YXDOMAIN"]);
/** Which failure says the most: SERVFAIL is about the zone, REFUSED about us. */
const FAILURE_ORDER = ["SERVFAIL", "REFUSED"];

interface Runner {
  server: Server;
  tries: number;
  firstAskedAt: number;
  waiting: number;
  reply: Reply | null;
  garbage: boolean;
}

/** Never rejects. Ends at `remainingMs` or the signal at the latest, and leaves nothing behind. */
export function race(servers: readonly Server[], question: Question, limits: RaceLimits): Promise<RaceResult> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const runners = inOrder(servers, startedAt).map((server): Runner => ({
      server,
      tries: 0,
      firstAskedAt: 0,
      waiting: 0,
      reply: null,
      garbage: false,
    }));
    const end = new AbortController();
    // Every try listens, and Node warns of a leak at eleven.
    setMaxListeners(0, end.signal);
    let over = false;
    let silence: NodeJS.Timeout | undefined;

    function finish(): void {
      if (over) return;
      over = true;
      clearTimeout(deadline);
      clearTimeout(silence);
      limits.signal.removeEventListener("abort", finish);
      // To end what nobody does takes longer than a question.
      if (runners.some(({ waiting }) => waiting > 0)) end.abort(ENDED_REASON);
      if (!limits.signal.aborted) remember(runners, limits.silenceMs);
      resolve(best(runners));
    }

    function ask(runner: Runner): void {
      clearTimeout(silence);
      silence = setTimeout(onSilence, limits.silenceMs);
      if (runner.tries++ === 0) runner.firstAskedAt = performance.now();
      runner.waiting++;
      const onGarbage = (): void => {
        if (runner.garbage || over) return;
        runner.garbage = true;
        askNext();
      };
      void runner.server.transport.ask(question, { signal: end.signal, onGarbage }).then((reply) => {
        if (over) return;
        runner.waiting--;
        // An answer counts more than what became of another try.
        if (runner.reply?.kind !== "answer") runner.reply = reply;
        if (isConclusive(reply)) finish();
        else if (!askNext() && runners.every((each) => each.reply !== null || each.waiting === 0)) finish();
      });
    }

    /** Asks a resolver that wasn't asked yet. */
    function askNext(): boolean {
      const next = runners.find((runner) => runner.tries === 0);
      if (next !== undefined) ask(next);
      return next !== undefined;
    }

    function onSilence(): void {
      silence = setTimeout(onSilence, limits.silenceMs);
      if (askNext()) return;
      // Somebody said at least that it can't tell, and the others had their time.
      if (runners.some((runner) => runner.reply?.kind === "answer")) return finish();
      const again = runners
        .filter((runner) => runner.reply === null && runner.server.transport.lossy && runner.tries < MAX_TRIES)
        .sort((one, other) => one.tries - other.tries)[0];
      if (again !== undefined) ask(again);
    }

    const deadline = setTimeout(finish, Math.max(0, limits.remainingMs));
    if (limits.signal.aborted) return finish();
    limits.signal.addEventListener("abort", finish, { once: true });
    if (!askNext()) finish();
  });
}

function isConclusive(reply: Reply): boolean {
  return reply.kind === "answer" && CONCLUSIVE.has(reply.message.rcode);
}

function inOrder(servers: readonly Server[], now: number): Server[] {
  return [...servers.filter((server) => server.avoidUntil <= now), ...servers.filter((server) => server.avoidUntil > now)];
}

/** Who is dead is asked last for a while, so that not every question pays for it. */
function remember(runners: readonly Runner[], silenceMs: number): void {
  const now = performance.now();
  for (const { server, reply, tries, firstAskedAt } of runners) {
    if (reply?.kind === "answer") server.avoidUntil = 0;
    else if (reply !== null || (tries > 0 && now - firstAskedAt >= silenceMs)) server.avoidUntil = now + AVOID_MS;
  }
}

function best(runners: readonly Runner[]): RaceResult {
  const answers = runners.flatMap(({ server, reply }) =>
    reply?.kind === "answer" ? [{ kind: "answer" as const, message: reply.message, server, transport: reply.transport }] : [],
  );
  const rank = (rcode: string): number => {
    if (CONCLUSIVE.has(rcode)) return -1;
    const place = FAILURE_ORDER.indexOf(rcode);
    return place === -1 ? FAILURE_ORDER.length : place;
  };
  const answer = answers.sort((one, other) => rank(one.message.rcode) - rank(other.message.rcode))[0];
  if (answer !== undefined) return answer;

  const asked = runners.filter((runner) => runner.tries > 0);
  const local = asked.flatMap(({ reply }) => (reply?.kind === "local" ? [reply.because] : []));
  if (local.length === asked.length)
    return { kind: "local", because: (["open-files", "resolver"] as const).find((each) => local.includes(each)) ?? local[0] ?? "resolver" };
  const errors = asked.flatMap(({ server, reply, garbage }): NetError[] => {
    if (reply?.kind === "failed") return [reply.error];
    if (reply?.kind === "local") return [];
    return [
      garbage
        ? { code: "malformed", message: `${server.label} sent no valid answer to the question` }
        : { code: "timeout", message: `${server.label} did not answer in time` },
    ];
  });
  const message = errors.map((error) => error.message).join("; ");
  const codes = new Set(errors.map((error) => error.code));
  const [first] = codes;
  // Of different failures, nonsense is what was seen; otherwise all that can be said is that no answer came.
  const code = codes.size === 1 && first !== undefined ? first : codes.has("malformed") ? "malformed" : "timeout";
  return { kind: "failed", error: { code, message } };
}
