/**
 * Real shells, with the completion script loaded as help says, into which command lines are typed: what is offered at a Tab, and what the
 * Tab writes.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../bin/matrix-delegation-check.js", import.meta.url));
/** As a shell's word. */
const PROGRAM = `'${process.execPath}' '${BIN}'`;

export interface Shell {
  name: "bash" | "zsh" | "fish";
  /**
   * Each line is typed at a prompt of its own; the words that are offered for its last one, sorted, without what stands before a "=" and
   * without the "/" of folders.
   */
  offered(lines: readonly string[], place: Place): Promise<string[][]>;
  /** The line after a Tab at its end. */
  afterTab(lines: readonly string[], place: Place): Promise<string[]>;
}

/** A home of its own: there may be files in it, and nothing that a line says must be run. */
export interface Place {
  home: string;
  env?: Record<string, string>;
}

export async function newPlace(context: TestContext): Promise<Place> {
  const home = await mkdtemp(join(tmpdir(), "mdc-shell-"));
  context.after(() => rm(home, { recursive: true, force: true }));
  await mkdir(join(home, "a folder"));
  await Promise.all(["plain.txt", "roots one.pem", "we$ird`x`.pem"].map((file) => writeFile(join(home, file), "")));
  return { home };
}

/** The same with the program on the PATH. */
export async function installed(place: Place): Promise<Place> {
  const folder = join(place.home, "bin");
  await mkdir(folder);
  await symlink(BIN, join(folder, "matrix-delegation-check"));
  return { ...place, env: { PATH: `${folder}:${process.env["PATH"] ?? ""}` } };
}

export function isInstalled(shell: string): boolean {
  return spawnSync(shell, ["-c", "exit"]).error === undefined;
}

export const bash = shellOf("bash", `eval "$(${PROGRAM} completion bash)"`);
export const zsh = shellOf("zsh", `autoload -Uz compinit; compinit -D -u; eval "$(${PROGRAM} completion zsh)"`);
export const fish = shellOf("fish", `${PROGRAM} completion fish | source`);

/** The files that the shells read at the first Tab. */
export const bashWithFile = shellOf(
  "bash",
  `mkdir -p ~/.local/share/bash-completion/completions; ${PROGRAM} completion bash > ~/.local/share/bash-completion/completions/matrix-delegation-check; source /usr/share/bash-completion/bash_completion`,
);
export const zshWithFile = shellOf(
  "zsh",
  `mkdir -p ~/.zfunc; ${PROGRAM} completion zsh > ~/.zfunc/_matrix-delegation-check; fpath=(~/.zfunc $fpath); autoload -Uz compinit; compinit -D -u`,
);
export const fishWithFile = shellOf(
  "fish",
  `mkdir -p ~/.config/fish/completions; ${PROGRAM} completion fish > ~/.config/fish/completions/matrix-delegation-check.fish`,
);

function shellOf(name: Shell["name"], load: string): Shell {
  if (name === "fish")
    return {
      name,
      offered: (lines, place) => completeInFish(load, lines, place),
      afterTab: () => Promise.reject(new Error("fish is asked by complete -C")),
    };
  return {
    name,
    offered: (lines, place) => inserted(name, load, lines, place),
    afterTab: (lines, place) => typeInto(name, load, lines, "\t", place),
  };
}

const [ALL, SHOW] = ["\u0018\u0001", "\u0018\u000c"];

/** By a key of readline and of zle that writes all candidates into the line. */
async function inserted(shell: "bash" | "zsh", load: string, lines: readonly string[], place: Place): Promise<string[][]> {
  const after = await typeInto(shell, load, lines, ALL, place);
  return after.map((line, index) => {
    const before = lines[index]!;
    return line === before
      ? []
      : wordsOf(line)
          .slice(wordsOf(before).length - (before.endsWith(" ") ? 0 : 1))
          .map(bare)
          .sort();
  });
}

/**
 * What is typed goes to the shell in one piece, each line with `key` behind it, and a key that appends the line to a file and empties it.
 */
async function typeInto(shell: "bash" | "zsh", load: string, lines: readonly string[], key: string, place: Place): Promise<string[]> {
  const shown = join(place.home, ".shown");
  writeFileSync(shown, "");
  writeFileSync(join(place.home, ".start"), START[shell](load));
  const input = lines.map((line) => `${line}${key}${SHOW}\n`).join("");
  // In bash the input is the terminal; zsh has a terminal of its own, on which another zsh types.
  if (shell === "bash")
    await run("bash", ["--noprofile", "--rcfile", join(place.home, ".start"), "-i"], `${input.replaceAll(`${SHOW}\n`, SHOW)}exit\n`, place);
  else await run("zsh", ["-f", "-c", TYPIST], input, place);
  return readFileSync(shown, "utf8").split("\n").slice(0, -1);
}

const START = {
  bash: (load: string) => `${load}
bind 'set completion-query-items 0'
bind '"\\C-x\\C-a": insert-completions'
show() { printf '%s\\n' "$READLINE_LINE" >> ~/.shown; READLINE_LINE=; READLINE_POINT=0; }
bind -x '"\\C-x\\C-l": show'
`,
  zsh: (load: string) => `${load}
unset zle_bracketed_paste
show() { print -r -- "$BUFFER" >> ~/.shown; BUFFER= }
zle -N show; bindkey '^X^L' show
all() { _main_complete; compstate[insert]=all; compstate[list]= }
zle -C all complete-word all; bindkey '^X^A' all
`,
};

const TYPIST = `
zmodload zsh/zpty
zpty -b shell "TERM=xterm zsh -f -i"
zpty -w shell "source ~/.start; print REA''DY"
zpty -r shell output '*READY*'
while IFS= read -r line; do zpty -w -n shell "$line"; done
zpty -w shell "print DO''NE"
zpty -r -m shell output '*DONE*'
zpty -d shell
`;

async function completeInFish(load: string, lines: readonly string[], place: Place): Promise<string[][]> {
  const output = await run("fish", ["-c", `${load}; for line in $argv; complete -C $line; echo ----; end`, ...lines], "", place);
  return output
    .split("----\n")
    .slice(0, -1)
    .map((part) =>
      part
        .split("\n")
        .slice(0, -1)
        .map((line) => bare(line.split("\t")[0]!))
        .sort(),
    );
}

async function run(command: string, args: readonly string[], input: string, { home, env }: Place): Promise<string> {
  const child = spawn(command, args, {
    cwd: home,
    env: { PATH: process.env["PATH"] ?? "", HOME: home, TERM: "dumb", LC_ALL: "C.UTF-8", HISTFILE: "/dev/null", ...env },
    stdio: ["pipe", "pipe", "pipe"],
    timeout: 120_000,
    killSignal: "SIGKILL",
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.on("error", () => {}); // it may end first
  child.stdin.end(input);
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  if (code !== 0) throw new Error(`${command} ended with ${code ?? signal ?? "nothing"}: ${stderr.slice(-500)}`);
  return stdout;
}

/** As a shell reads them. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/(?:\\.|'[^']*'|"[^"]*"|[^\s\\'"])+/g)].map(([word]) => word.replace(/\\(.)|['"]/g, "$1"));
}

function bare(word: string): string {
  return word.replace(/^(--)?([a-z-]+=)+(?=.)/, "").replace(/\/$/, "");
}
