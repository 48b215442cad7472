/** The keys give another server name than the one that was checked: does that name lead to the same endpoints? */
import { endpointsOf } from "../../views/endpoints.ts";
import type { Clues, Facts } from "../../facts/facts.ts";
import { parseServerName } from "../../matrix/server-name.ts";
import { formatHostPort } from "../../matrix/server-name.ts";
import type { Io } from "../../net/io.ts";
import { Questions, whereIs } from "../resolver/questions.ts";
import { resolve } from "../resolver/resolve.ts";

export async function followKeysName(io: Io, text: string, facts: Facts): Promise<Clues["keysName"]> {
  const parsed = parseServerName(text);
  if (!parsed.ok || parsed.name.finalDot) return null;
  // Questions of its own: what is asked here isn't evidence for the name that is checked.
  const questions = new Questions(io, facts.settings.family);
  const { targets } = await resolve(io, questions, null, parsed.name, () => {});
  const found = await Promise.all(targets.slice(0, 8).map(({ host, port }) => whereIs(io, questions, host, port)));
  const places = found.flatMap(({ addresses, port }) => addresses.map(({ address }) => formatHostPort(address, port)));
  const here = endpointsOf(facts).map(({ place }) => place);
  return { name: text, places: places.slice(0, 16), leadsHere: places.some((place) => here.includes(place)) };
}
