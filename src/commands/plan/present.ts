/** What a plan knows of today: the check of the name as it is, and as if the plan were published, side by side and within a short time. */
import type { Checker, CheckOptions } from "../../check.ts";
import { plannedWay, type PlanOptions, planDelegation } from "../../advice/plan.ts";
import type { Plan } from "../../advice/plan-shape.ts";
import { presentState, type Present } from "../../advice/plan-present.ts";
import type { Report } from "../../facts/output.ts";
import { settle } from "../config/config.ts";
import type { CommandIo } from "../io.ts";
import { checkOptionsOf } from "../many/subjects.ts";
import type { GlobalOptions } from "../options.ts";
import { messageOf } from "../usage.ts";

/** Somebody waits for a text that is mostly the same without it. */
const SHORT_MS = { deadline: 6000, timeout: 4000 };

export type Seen = { known: true; present: Present; verdict: Report["verdict"]; summary: string } | { known: false; because: string };

/** Throws usage errors; whatever goes wrong outside only means that nothing is known. */
export async function seePresent(request: PlanOptions, options: GlobalOptions, given: ReadonlySet<string>, io: CommandIo): Promise<Seen> {
  const short = {
    timeout: given.has("timeout") ? options.timeout : SHORT_MS.timeout,
    deadline: given.has("deadline") ? options.deadline : SHORT_MS.deadline,
  };
  const settled = await settle("check", [], { ...options, ...short, config: false }, given, io);
  const { checkOptions, notes } = await checkOptionsOf("check", settled, io);
  for (const note of notes) io.stderr.write(`note: ${note}\n`);
  const asked: CheckOptions = { ...checkOptions, authoritative: false };
  const { text } = request.serverName;
  const checkers: Checker[] = [];
  try {
    for (const each of [asked, { ...asked, ...worldOf(request) }]) checkers.push(await io.engine.createChecker(each));
    const [now, planned] = await Promise.all(checkers.map((checker) => checker.check(text, { signal: io.signal })));
    if (now === undefined || planned === undefined) throw new Error("no report");
    if (now.verdict === "inconclusive") return { known: false, because: now.summary };
    return {
      known: true,
      present: presentState({ ...request, via: plannedWay(request) }, { now, planned, connectTo: options.connectTo }),
      verdict: now.verdict,
      summary: now.summary,
    };
  } catch (error) {
    if ((error as { code?: unknown }).code === "usage") throw error;
    return { known: false, because: messageOf(error) };
  } finally {
    for (const checker of checkers) checker.close();
  }
}

/** What is published in the plan, in place of what is published today. */
function worldOf(request: PlanOptions): Pick<CheckOptions, "wellKnownFile" | "zones"> {
  const plan: Plan = planDelegation(request);
  const [file] = plan.files;
  if (file !== undefined) return { wellKnownFile: { file: "planned", body: file.body } };
  // No delegation, or by SRV records: no file that says otherwise.
  const origin = `_tcp.${request.serverName.dnsHost}`;
  const records = plan.dns.filter(({ type }) => type === "SRV").map(({ line }) => line);
  const soa = `${origin}. IN SOA ns.invalid. hostmaster.invalid. 1 3600 600 86400 60`;
  const isDelegable = request.serverName.kind === "dns" && request.serverName.port === null;
  return isDelegable
    ? {
        wellKnownFile: { file: "planned", body: "{}" },
        zones: [{ file: "planned", origin, text: ["$TTL 3600", soa, ...records, ""].join("\n") }],
      }
    : {};
}
