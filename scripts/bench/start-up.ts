/** Start-up: what it costs to be this program rather than an empty one. */
import { BIN, compare, runNode } from "./processes.ts";
import { ratioRow, type Section } from "./table.ts";

export async function startUp(pairs: number): Promise<Section> {
  const section = "start-up";
  const empty = async (): Promise<number> => (await runNode(["-e", "0"], 0)).ms;
  const version = await compare(pairs, async () => (await runNode([BIN, "--version"], 0)).ms, empty);
  const badName = await compare(pairs, async () => (await runNode([BIN, "exa_mple"], 2)).ms, empty);
  return {
    title: section,
    note: `Against \`node -e 0\`, in turns, medians of ${pairs} pairs.`,
    rows: [ratioRow(section, "--version", version, 1.3), ratioRow(section, "a name that is none", badName, 1.4)],
  };
}
