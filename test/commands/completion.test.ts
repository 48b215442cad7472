/**
 * What a Tab offers, as the shells' scripts ask for it, and the scripts themselves. The shells are in completion-bash.test.ts and in
 * test/e2e.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { candidates } from "../../src/commands/completion/candidates.ts";
import { FORMATS } from "../../src/commands/options.ts";
import { buildProgram } from "../../src/commands/program.ts";
import { SERVE_WITH } from "../../src/advice/well-known.ts";
import { collector, fakeEngine, stage } from "./stage.ts";

const program = (): ReturnType<typeof buildProgram> =>
  buildProgram(
    "1.2.3",
    collector(),
    () => {},
    () => {},
  );
const COMMANDS = ["check", "resolve", "explain", "plan", "serve", "completion", "help"];
const CODES = ["name/invalid", "tls/expired", "tls/expiring"];
const FILES = "files";

/** The last word is the one under the cursor. */
const OFFERED: [words: string[], offered: readonly string[]][] = [
  // Commands
  [[""], COMMANDS],
  [["c"], ["check", "completion"]],
  [["-q", "--format", "json", "re"], ["resolve"]],
  [["--timeout=5s", "re"], ["resolve"]],
  [["help", ""], COMMANDS],
  [["help", "ex"], ["explain"]],
  [
    ["completion", ""],
    ["bash", "zsh", "fish"],
  ],
  // A server name isn't known, and behind one there is no command
  [["exa"], []],
  [["example.com", ""], []],
  [["check", ""], []],
  [["check", "re"], []],
  [["--", "re"], []],
  [["plan", ""], []],
  // Options
  [["--fo"], ["--format"]],
  [["-4"], ["-4"]],
  [["example.com", "--format", "json", "--tim"], ["--timeout"]],
  [["resolve", "--no-a"], ["--no-authoritative"]],
  [
    ["plan", "--"],
    ["--to", "--with", "--srv", "--offline", "--json", "--help"],
  ],
  [
    ["explain", "-"],
    ["--json", "--help", "-h"],
  ],
  [["--", "--fo"], []],
  [["--nonsense", "--fo"], ["--format"]],
  // One that is given isn't offered again, unless it may be repeated
  [["--timeout", "5s", "--ti"], []],
  [["--timeout=5s", "--ti"], []],
  [["-q", "--q"], []],
  [["-qf", "json", "--fo"], []],
  [["--ignore", "tls/expired", "--ig"], ["--ignore"]],
  [["--report", "json=a", "--rep"], ["--report"]],
  // Values
  [["--format", ""], FORMATS],
  [
    ["--format", "j"],
    ["json", "junit"],
  ],
  [["-f", "ju"], ["junit"]],
  [["-qf", "ju"], ["junit"]],
  [["-fju"], ["-fjunit"]],
  [["--format=ju"], ["--format=junit"]],
  [["--format="], FORMATS.map((format) => `--format=${format}`)],
  [
    ["--fail-on", ""],
    ["error", "warning"],
  ],
  [
    ["--color", "a"],
    ["auto", "always"],
  ],
  [["plan", "example.com", "--to", "hs.example", "--with", ""], SERVE_WITH],
  [["plan", "--with=h"], ["--with=haproxy"]],
  [["--timeout", ""], []],
  [["--shard", ""], ["auto"]],
  [["--shard=a"], ["--shard=auto"]],
  [
    ["--expect-via", ""],
    ["well-known", "srv", "default-port", "explicit-port", "ip-literal"],
  ],
  [["--expect-via=s"], ["--expect-via=srv"]],
  [["--shard", "1"], []],
  [["--dns-server", ""], []],
  [["--timeout", "-"], []],
  [["--quiet=x"], []],
  // Findings
  [["explain", ""], CODES],
  [
    ["explain", "tls/"],
    ["tls/expired", "tls/expiring"],
  ],
  [["explain", "tls/expired", ""], []],
  [["--ignore", "n"], ["name/invalid"]],
  [["check", "--ignore=n"], ["--ignore=name/invalid"]],
  // Files
  ...["--ca-file", "--zone-file", "--well-known-file", "--from-file", "--save-facts", "--from-facts"].map(
    (option): [string[], string[]] => [[option, "a"], [FILES]],
  ),
  [["--ca-file=a"], [`--ca-file=${FILES}`]],
  [["--report", "json=a"], [`json=${FILES}`]],
  [["--report=json="], [`--report=json=${FILES}`]],
  [
    ["--report", "j"],
    ["json=", "junit="],
  ],
  [["--report", ""], FORMATS.map((format) => `${format}=`)],
  // Two, so that the shell doesn't end the word with a space
  [
    ["--report", "ju"],
    ["junit=", "junit=./"],
  ],
];

for (const [words, offered] of OFFERED) {
  test(`${JSON.stringify(words.join(" "))} is offered ${offered.length > 7 ? `${offered.length} words` : offered.join(" ") || "nothing"}`, async () => {
    const found = await candidates(program(), words, () => fakeEngine().rules());
    assert.deepEqual(
      found.map((candidate) => ("word" in candidate ? candidate.word : candidate.filesBehind + FILES)),
      offered,
    );
  });
}

test("every option that help shows is offered, and every file option completes files", async () => {
  for (const option of program().options) {
    const flag = option.long ?? option.short!;
    const [found] = await candidates(program(), [flag], () => fakeEngine().rules());
    assert.deepEqual(found, { word: flag, description: option.description.replace(/ \(default: .*$/, "") });
    if (/<.*file.*>/.test(option.flags))
      assert.equal(
        (await candidates(program(), [`${flag}=`], () => fakeEngine().rules())).length,
        flag === "--report" ? FORMATS.length : 1,
        flag,
      );
  }
});

test("an option that is new is completed because it is there", async () => {
  const grown = program().option("--new-list <file>", "a list").option("--new-skip <code>", "a finding");
  assert.deepEqual(
    (await candidates(grown, ["--new"], () => fakeEngine().rules())).map((candidate) => ("word" in candidate ? candidate.word : "")),
    ["--new-list", "--new-skip"],
  );
  assert.deepEqual(await candidates(grown, ["resolve", "--new-list", ""], () => fakeEngine().rules()), [{ filesBehind: "" }]);
  assert.equal((await candidates(grown, ["--new-skip", ""], () => fakeEngine().rules())).length, CODES.length);
});

const ASKED: [shell: string, words: string[], stdout: string][] = [
  ["bash", ["--color", "a"], "auto\nalways\n"],
  ["bash", ["explain", '"tls/expired'], "tls/expired\n"],
  ["zsh", ["explain", "tls/e"], "tls/expired\0The certificate has expired\0\ntls/expiring\0The certificate expires soon\0\n"],
  ["fish", ["explain", "tls/expired"], "tls/expired\tThe certificate has expired\n"],
  ["bash", ["--ca-file="], "__FILE__:any::--ca-file=:0:--ca-file=\n"],
  // Nothing of it is run, read as this program's own option, or an error
  ["fish", ["--help"], "--help\tprint this help\n"],
  ["fish", ["$(touch /tmp/x)", "\u001b[31m", "--nonsense", "--", ""], ""],
  ["fish", [], "check\tthe check; the default command\n"],
];
for (const [shell, words, expected] of ASKED) {
  test(`asked by ${shell}: ${JSON.stringify(words)}`, async () => {
    const { code, stdout, stderr } = await stage(["completion-candidates", shell, "--", ...words]);
    assert.deepEqual([code, stderr], [0, ""]);
    if (words.length > 0) assert.equal(stdout, expected);
    else assert.ok(stdout.startsWith(expected));
  });
}

test("the scripts: what runs the program if it isn't on the PATH is quoted; zsh's first line is the one that compinit reads", async () => {
  const [bash, zsh, fish] = await Promise.all(["bash", "zsh", "fish"].map((shell) => stage(["completion", shell])));
  for (const { code, stdout, stderr } of [bash!, zsh!, fish!]) {
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /__matrix_delegation_check_run 'completion-candidates' '(bash|zsh|fish)' '--' /);
    assert.doesNotMatch(stdout, /matrix-delegation-check 'completion/, "no other call is left");
  }
  assert.ok(zsh!.stdout.startsWith("#compdef matrix-delegation-check\n"));
  for (const { stdout } of [bash!, zsh!])
    assert.ok(stdout.includes(`'/usr/bin/node' '/opt/it'\\''s here/bin/matrix-delegation-check.js' "$@"`));
  assert.ok(fish!.stdout.includes(`'/usr/bin/node' '/opt/it\\'s here/bin/matrix-delegation-check.js' $argv`));
});

test("help says how to install it, and doesn't show what only the scripts ask", async () => {
  const help = await stage(["completion", "--help"]);
  for (const shell of ["bash", "zsh", "fish"]) assert.match(help.stdout, new RegExp(`completion ${shell}`));
  assert.doesNotMatch((await stage(["--help"])).stdout, /completion-candidates/);
});
