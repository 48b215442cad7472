/**
 * `npm run judges`: other homeservers' own code beside their models, on the situations of the end-to-end tests (as root on Linux, with Go
 * and Cargo). Prints the versions and every situation in which word and deed differ; the exit code is 1 when there is one that isn't
 * explained.
 *
 *     npm run judges
 *     npm run judges -- mautrix-go tls
 */
import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { agrees, deed, GROUPS, JUDGES, measured, type Situation } from "../test/e2e/synapse/measured.ts";

const run = promisify(execFile);
const TEMPORARY = fileURLToPath(new URL("../.tmp/judges/", import.meta.url));
const SOURCES = fileURLToPath(new URL("../test/e2e/judges/", import.meta.url));

type Kind = Exclude<keyof typeof JUDGES, "synapse">;

const ONLY_VERSION = "only the version is refused, which federation doesn't need; the keys are accepted";

/** Where word and deed differ, and why that is right. */
const EXPLAINED: Record<Kind, Record<string, string>> = {
  "mautrix-go": {
    "more records than a datagram holds come over TCP, in the right order": "the lab gives its targets the server of another host",
    'a "." that isn\'t alone says nothing (RFC 2782: "there MUST NOT be other")': 'it dials the "." itself, as if that were a target',
    "federation/bad-version: no object": ONLY_VERSION,
    "federation/bad-version: the name is no string": ONLY_VERSION,
    "keys/no-ed25519": "of no key nothing is wrong; but no request that is signed can be verified with them",
  },
  resolvematrix: {},
};

/** The program, made from pinned sources; and the versions of what counts. */
const BUILD: Record<Kind, () => Promise<{ program: string; versions: string }>> = {
  async "mautrix-go"() {
    const program = join(TEMPORARY, "mautrix-go");
    const cwd = join(SOURCES, "mautrix-go");
    const env = { ...process.env, GOFLAGS: "-mod=readonly -buildvcs=false" };
    await run("go", ["build", "-o", program, "."], { cwd, env });
    const { stdout } = await run("go", ["version", "-m", program], { cwd, env });
    const lines = stdout.split("\n").map((line) => line.trim().split(/\s+/));
    const library = lines.find(([kind, name]) => kind === "dep" && name === "maunium.net/go/mautrix");
    return { program, versions: `mautrix-go ${library?.[2] ?? "?"} with ${lines[0]?.[1] ?? "?"}` };
  },
  async resolvematrix() {
    const manifest = join(SOURCES, "resolvematrix", "Cargo.toml");
    const target = join(TEMPORARY, "resolvematrix");
    await run("cargo", ["build", "--release", "--locked", "--quiet", "--manifest-path", manifest, "--target-dir", target]);
    const { stdout } = await run("cargo", ["tree", "--locked", "--depth", "1", "--prefix", "none", "--manifest-path", manifest]);
    const [, ...libraries] = stdout.trim().split("\n");
    return { program: join(target, "release", "judge"), versions: libraries.map((line) => line.replace(/ \(.*/, "")).join(", ") };
  },
};

const wanted = process.argv.slice(2);
const kinds = (Object.keys(BUILD) as Kind[]).filter((kind) => !wanted.some((each) => each in BUILD) || wanted.includes(kind));
const areas = wanted.filter((each) => !(each in BUILD));
await mkdir(TEMPORARY, { recursive: true });
for (const kind of kinds) {
  const { program, versions } = await BUILD[kind]();
  process.stdout.write(`${JUDGES[kind]}, by ${versions}\n`);
  const groups = GROUPS.map((group) => group.filter((area) => areas.length === 0 || areas.includes(area))).filter(
    ({ length }) => length > 0,
  );
  const situations = (await Promise.all(groups.map((group) => measured({ kind, program }, group)))).flat();
  if (!report(situations, EXPLAINED[kind])) process.exitCode = 1;
}

function report(situations: readonly Situation[], explained: Record<string, string>): boolean {
  const judged = situations.filter(({ word }) => word?.reaches === "yes" || word?.reaches === "no");
  const different = judged.filter((each) => !agrees(each));
  for (const each of different)
    process.stdout.write(`${explained[each.title] ?? "DIFFERS"} | ${each.title} | ${each.word?.reaches ?? ""} | ${deed(each)}\n`);
  const wrong = different.filter(({ title }) => !(title in explained));
  process.stdout.write(
    `${judged.length - wrong.length} of ${judged.length} agree, ${different.length - wrong.length} of them by an explanation; of ${situations.length - judged.length} nothing certain is said\n`,
  );
  return wrong.length === 0;
}
