/**
 * Requests to one place, one after the other over one connection. What is no answer there says nothing, because the server may have been
 * about to close it: it is asked once more over a connection of its own, and so is whatever comes after it.
 */
import type { Connection, FurtherConnection, HttpRequest, HttpResult, Io } from "../../net/io.ts";
import { lost } from "./lost.ts";

/** So long the others wait for an answer; then the connection is no longer waited for. */
const STALL_MS = 3000;

export class Line {
  readonly #io: Io;
  readonly #connect: () => Promise<FurtherConnection>;
  /** Null: each request gets a connection of its own. */
  #kept: Promise<Connection | FurtherConnection> | null;
  #turn: Promise<void> = Promise.resolve();

  constructor(io: Io, first: Promise<Connection | FurtherConnection>, connect: () => Promise<FurtherConnection>) {
    this.#io = io;
    this.#kept = first;
    this.#connect = connect;
  }

  /** In the order of the calls. When the connection couldn't be made, none of them is asked. At most one of all is asked twice. */
  async ask(request: HttpRequest): Promise<HttpResult> {
    const before = this.#turn;
    let next = (): void => {};
    this.#turn = new Promise((resolve) => (next = resolve));
    await before;
    const connection = await this.#kept;
    if (connection === null || connection.socket === null) {
      next();
      return connection === null ? this.#askAlone(request) : lost(connection);
    }

    const asking = this.#io.http.request(connection, { ...request, keepOpen: true }, this.#io.signal);
    const result = await within(asking, STALL_MS);
    const isSettled = result !== null && !isDoubtful(result);
    if (!isSettled || result.open !== true) this.#kept = null;
    next();
    if (isSettled) return result;
    if (result !== null) return this.#askAlone(request);
    // It may still come.
    try {
      return await earlier(asking, this.#askAlone(request));
    } finally {
      connection.close();
    }
  }

  /** When all is asked. */
  async close(): Promise<void> {
    (await this.#kept)?.close();
  }

  #askAlone(request: HttpRequest): Promise<HttpResult> {
    return askAlone(this.#io, this.#connect(), request);
  }
}

/** Over a connection that is closed behind it. */
export async function askAlone(io: Io, pending: Promise<Connection | FurtherConnection>, request: HttpRequest): Promise<HttpResult> {
  const connection = await pending;
  try {
    return connection.socket === null ? lost(connection) : await io.http.request(connection, request, io.signal);
  } finally {
    connection.close();
  }
}

/** It may be about the connection and not about the request; 408 is what some send before they close one (RFC 9110, 15.5.9). */
function isDoubtful({ outcome }: HttpResult): boolean {
  return outcome.status === "failed" || (outcome.status === "done" && outcome.value.status === 408);
}

/** Null when it takes longer. */
async function within(asking: Promise<HttpResult>, ms: number): Promise<HttpResult | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), ms)));
  try {
    return await Promise.race([asking, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What comes of `again`, unless the other one is answered before. */
function earlier(asking: Promise<HttpResult>, again: Promise<HttpResult>): Promise<HttpResult> {
  return new Promise((resolve, reject) => {
    asking.then((result) => {
      if (!isDoubtful(result)) resolve(result);
    }, reject);
    again.then(resolve, reject);
  });
}
