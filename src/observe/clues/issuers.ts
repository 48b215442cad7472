/**
 * The certificates that a server should have sent and didn't: fetched from where its certificates say that they can be had (RFC 5280,
 * 4.2.2.1), or sent by another server of the same check, to see whether they would lead to a trusted root. They are never trusted for that.
 */
import type { CertificateFacts, FetchedIssuers, TrustFacts } from "../../facts/facts.ts";
import { isPublicAddress } from "../../facts/public-address.ts";
import { startDeadline, type Deadline } from "../../net/deadline.ts";
import { certificatesIn } from "../../net/issuer-file.ts";
import type { Connection, Io, PlainConnection } from "../../net/io.ts";
import { hasNoAddress } from "../../views/hosts.ts";
import { whereIs, type Questions } from "../resolver/questions.ts";

const MAX_BYTES = 65_536;
/** For one check, and for one chain. */
export const MOST_URLS = 6;
const MOST_LEVELS = 3;
/** Issuers that other servers send; a usual chain has one or two. */
const MOST_SEEN = 10;
/** For one check, from the first question on. */
const BUDGET_MS = 5000;

/** `nothing`: whoever asks there gets none. `unknown`: this machine couldn't ask; others may get an answer. */
type Answer = Buffer[] | "nothing" | "unknown";

/** Those of one check: each URL is asked once. */
export class Issuers {
  readonly #io: Io;
  readonly #questions: Questions;
  readonly #allowPrivate: boolean;
  readonly #answers = new Map<string, Promise<Answer>>();
  /** Issuers in chains that lead to a trusted root, by their DER. */
  readonly #seen = new Map<string, Buffer>();
  readonly #incomplete: { trust: TrustFacts; judgeWith: NonNullable<Connection["judgeWith"]> }[] = [];
  #deadline: Deadline | undefined;

  /**
   * A certificate is the server's word: what it names inside this machine's network is left alone, unless private addresses are meant to be
   * checked.
   */
  constructor(io: Io, questions: Questions, allowPrivate: boolean) {
    this.#io = io;
    this.#questions = questions;
    this.#allowPrivate = allowPrivate;
  }

  /** Where the sent certificates lead nowhere, adds to their facts what came of fetching those above them. */
  async complete(connection: Connection | PlainConnection): Promise<void> {
    const { tls } = connection.facts;
    if (tls.status !== "done" || !("judgeWith" in connection) || connection.judgeWith === undefined) return;
    const { chain, trust } = tls.value;
    if (trust.anchor !== null) this.#remember(connection.sent?.().slice(1) ?? []);
    if (trust.anchor !== null || chain[0].selfSigned) return;
    this.#incomplete.push({ trust, judgeWith: connection.judgeWith });
    trust.fetched = await this.#climb(chain[trust.path.at(-1) ?? 0] ?? chain[0], connection.judgeWith);
  }

  /** To be called when nothing more is to be completed. */
  done(): void {
    this.#deadline?.done();
  }

  /**
   * To be called when every server was seen: what one of them leaves out, another one may send, whether or not the CA could be asked for
   * it.
   */
  compare(): void {
    const seen = [...this.#seen.values()];
    if (seen.length === 0) return;
    for (const { trust, judgeWith } of this.#incomplete) {
      if (trust.fetched?.end === "trusted") continue;
      const { anchor } = judgeWith(seen).trust;
      if (anchor !== null) trust.fetched = { certificates: [], end: "trusted", anchor };
    }
  }

  #remember(issuers: readonly Buffer[]): void {
    for (const der of issuers) if (this.#seen.size < MOST_SEEN) this.#seen.set(der.toString("latin1"), der);
  }

  async #climb(from: CertificateFacts, judgeWith: NonNullable<Connection["judgeWith"]>): Promise<FetchedIssuers> {
    const certificates: FetchedIssuers["certificates"] = [];
    const ders: Buffer[] = [];
    for (let last = from; ;) {
      const url = last.issuerUrls.find(isHttp);
      if (last.selfSigned || url === undefined || certificates.length >= MOST_LEVELS)
        return { certificates, end: "untrusted", anchor: null };
      const answer = await this.#ask(url);
      if (typeof answer === "string") return { certificates, end: answer, anchor: null };
      ders.push(...answer);
      const { chain, trust } = judgeWith(ders);
      const next = chain[trust.path.at(-1) ?? 0] ?? last;
      // What came certifies nothing here.
      if (next.sha256 === last.sha256 && trust.anchor === null) return { certificates, end: "nothing", anchor: null };
      if (next.sha256 !== last.sha256) certificates.push({ url, certificate: next });
      if (trust.anchor !== null) return { certificates, end: "trusted", anchor: trust.anchor };
      last = next;
    }
  }

  #ask(url: string): Promise<Answer> {
    const known = this.#answers.get(url);
    if (known !== undefined) return known;
    const answer: Promise<Answer> = this.#answers.size < MOST_URLS ? this.#fetch(new URL(url)) : Promise.resolve("unknown");
    this.#answers.set(url, answer);
    return answer;
  }

  async #fetch(url: URL): Promise<Answer> {
    this.#deadline ??= startDeadline(BUDGET_MS, this.#io.signal);
    const { signal } = this.#deadline;
    const io = { ...this.#io, signal };
    const where = await whereIs(io, this.#questions, url.hostname.replace(/^\[|\]$/g, ""), url.port === "" ? 80 : Number(url.port));
    if (where.addresses.length === 0) return where.facts !== null && hasNoAddress(where.facts) ? "nothing" : "unknown";
    const allowed = where.addresses.filter(({ address }) => where.overridden || this.#allowPrivate || isPublicAddress(address)).slice(0, 2);
    // Nobody outside of that network gets there.
    let answer: Answer = "nothing";
    for (const { address } of allowed) {
      answer = await this.#fetchAt(io, url, address, where.port);
      if (answer !== "unknown") break;
    }
    return answer;
  }

  async #fetchAt(io: Io, url: URL, address: string, port: number): Promise<Answer> {
    const connection = await io.tls.connectPlain({ address, port }, io.signal);
    try {
      // Also a refusal may be this machine's network's, where only some ports are let out.
      if (connection.socket === null) return "unknown";
      const request = { path: `${url.pathname}${url.search}`, host: url.host, maxBytes: MAX_BYTES };
      const { outcome, body } = await io.http.request(connection, request, io.signal);
      if (outcome.status !== "done" || !isAnswer(outcome.value.status)) return "unknown";
      const found = outcome.value.status === 200 && !outcome.value.truncated ? certificatesIn(body) : [];
      return found.length === 0 ? "nothing" : found;
    } finally {
      connection.close();
    }
  }
}

/** What is there or isn't. Anything else (a proxy's own page, a server that is ill) doesn't say what others get. */
function isAnswer(status: number): boolean {
  return status === 200 || status === 404 || status === 410;
}

/** Public CAs offer http: and nothing else: a certificate can't be needed to fetch a certificate (RFC 5280, 8). */
function isHttp(url: string): boolean {
  return URL.canParse(url) && new URL(url).protocol === "http:";
}
