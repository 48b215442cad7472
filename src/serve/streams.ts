/** Answers that begin before the check has ended: the page, and its events (HTML Standard, 9.2, "Server-sent events"). */
import type { Output } from "../facts/output.ts";
import type { Ask } from "./ask.ts";
import { Ended, type Kept, type Waiting } from "./checks.ts";
import { faultEnd, pageEnd, pageStart } from "./page.ts";
import { COMMON, takenInTime } from "./response.ts";

type Settled = (asked: Kept | Waiting, until: AbortSignal) => Promise<Kept>;

/** The beginning of the page at once, and the report when it is there. */
export async function sendPage(
  { response, left }: Ask,
  serverName: string,
  asked: Waiting,
  settled: Settled,
  tool: Output["tool"],
  headers: Record<string, string>,
): Promise<null> {
  // nginx would keep the beginning until the end is there.
  response.writeHead(200, { ...COMMON, "content-type": "text/html; charset=utf-8", "x-accel-buffering": "no", ...headers });
  response.write(pageStart(serverName));
  let end: string;
  try {
    end = pageEnd(tool, (await settled(asked, left)).report);
  } catch (error) {
    if (left.aborted) return null;
    end = faultEnd(tool, faultOf(error));
  }
  response.end(end);
  takenInTime(response);
  return null;
}

/** `step` for every step that begins, then `report` with verdict and steps, or `failed`. */
export async function sendEvents({ response, left }: Ask, asked: Kept | Waiting, settled: Settled): Promise<null> {
  response.writeHead(200, { ...COMMON, "content-type": "text/event-stream", "x-accel-buffering": "no", vary: "Accept" });
  const event = (name: string, data: unknown): void => {
    if (!response.destroyed) response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  if ("answer" in asked) asked.onStep((step) => event("step", { step }));
  try {
    const { verdict, summary, steps } = (await settled(asked, left)).report;
    event("report", { verdict, summary, steps });
  } catch (error) {
    if (left.aborted) return null;
    event("failed", { message: faultOf(error) });
  }
  response.end();
  takenInTime(response);
  return null;
}

function faultOf(error: unknown): string {
  return error instanceof Ended ? "The service is ending." : "The check failed because of a fault in this program, not in the server.";
}
