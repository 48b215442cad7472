/**
 * What every transport offers: one question to one resolver. Deadlines are the caller's: the signal ends a question and all that it holds.
 */
import type { NetError, NetErrorCode } from "../../facts/facts.ts";
import type { Message, Question } from "./message.ts";

export type Reply =
  | { kind: "answer"; message: Message; transport: "udp" | "tcp" | "tls" | "https" }
  /** The resolver's trouble, or that of the way there. */
  | { kind: "failed"; error: NetError }
  /** This machine's trouble. */
  | { kind: "local"; because: "no-route" | "resolver" | "open-files"; message: string };

export interface Asking {
  signal: AbortSignal;
  /** Something came that is no answer to the question; it is ignored, but another resolver may be tried meanwhile. */
  onGarbage: () => void;
}

export interface Transport {
  /** Never rejects; after the signal its result is of no interest. */
  ask(question: Question, asking: Asking): Promise<Reply>;
  /** May the same question go out once more while the first is still waiting? True where packets get lost. */
  lossy: boolean;
  close(): void;
}

/** What servers that don't know EDNS say to it: FORMERR (RFC 6891, 7), and some NOTIMP. */
const EDNS_REFUSALS = ["FORMERR", "NOTIMP", "BADVERS"];

/** Asks once more without an OPT record when it was refused. */
export function withEdnsFallback(transport: Transport): Transport {
  return {
    ...transport,
    async ask(question, asking) {
      const reply = await transport.ask(question, asking);
      if (!question.edns || reply.kind !== "answer" || !EDNS_REFUSALS.includes(reply.message.rcode) || asking.signal.aborted) return reply;
      const plain = await transport.ask({ ...question, edns: false }, asking);
      return plain.kind === "answer" ? plain : reply;
    },
  };
}

/** What `signal` ends; nobody reads it. */
export const ENDED: Reply = { kind: "failed", error: { code: "timeout", message: "ended" } };

export function failed(code: NetErrorCode, message: string): Reply {
  return { kind: "failed", error: { code, message } };
}

/** A socket's error as a reply. `who` is the resolver as shown. */
export function socketFailure(error: unknown, who: string): Reply {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  const detail = error instanceof Error ? error.message : String(error);
  switch (code) {
    case "ECONNREFUSED":
      return failed("refused", `${who} refused the connection`);
    case "ECONNRESET":
      return failed("reset", `${who} reset the connection`);
    case "EPIPE":
      return failed("closed", `${who} closed the connection`);
    case "ETIMEDOUT":
      return failed("timeout", `${who} did not answer in time`);
    case "EHOSTUNREACH":
      return failed("unreachable", `${who} is unreachable`);
    case "ENETUNREACH":
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
      return { kind: "local", because: "no-route", message: `no route to ${who}` };
    case "EMFILE":
    case "ENFILE":
      return { kind: "local", because: "open-files", message: `${who}: ${detail}` };
    default:
      // libuv's other codes (ENOTFOUND, EPERM, …) are about this machine; EPROTO and OpenSSL's are about the handshake.
      return /^E[A-Z]+(?:_AGAIN)?$/.test(code) && code !== "EPROTO"
        ? { kind: "local", because: "resolver", message: `${who}: ${detail}` }
        : failed("tls", `${who}: ${detail}`);
  }
}
