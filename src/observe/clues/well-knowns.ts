/** Is the well-known on a host where it has no effect: `matrix.<name>`, `synapse.<name>`, the SRV targets? */
import type { Clues, Facts } from "../../facts/facts.ts";
import { decidingAttempt } from "../../views/well-known-result.ts";
import type { Io } from "../../net/io.ts";
import { place } from "../../facts/address.ts";
import { whereIs, type Questions } from "../resolver/questions.ts";
import { fetchWellKnown } from "../resolver/well-known.ts";

/** `resting`: places that aren't asked. */
export async function findWellKnowns(
  io: Io,
  questions: Questions,
  facts: Facts,
  resting: ReadonlySet<string>,
): Promise<Clues["wellKnowns"]> {
  if (facts.wellKnown.status !== "done") return { tried: [], found: [] };
  const base = facts.wellKnown.value.host;
  const hosts = [
    ...new Set([`matrix.${base}`, `synapse.${base}`, ...facts.targets.filter(({ srv }) => srv !== undefined).map(({ host }) => host)]),
  ]
    .filter((host) => host !== base)
    .slice(0, 6);
  const found = await Promise.all(
    hosts.map(async (host) => {
      const where = resting.size > 0 ? await whereIs(io, questions, host, 443) : null;
      if (where?.addresses.some(({ address }) => resting.has(place(address, where.port)))) return [];
      const { facts: found, others } = await fetchWellKnown(io, questions, null, host, "synapse");
      await others;
      const { url, attempts } = found;
      const decided = decidingAttempt(attempts, new Date(facts.startedAt));
      return decided?.result.kind === "valid" ? [{ host, url, value: decided.result.value }] : [];
    }),
  );
  return { tried: hosts, found: found.flat() };
}
