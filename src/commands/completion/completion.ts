/*! The scripts for the shells are those of @optique/core, https://optique.dev/, Copyright Hong Minhee, MIT licence (its text is that of this package), which is bundled in here. */
/**
 * `completion`: the script that completes this program's command line in a shell, and the candidates that the script asks for at every Tab.
 */
import { bash, fish, type ShellCompletion, zsh } from "@optique/core/completion";
import { candidates, type Candidate } from "./candidates.ts";
import type { CommandIo } from "../io.ts";
import { CANDIDATES, type Shell } from "../invocation.ts";
import { buildProgram, tool } from "../program.ts";
import { PROGRAM } from "../program-name.ts";

const SHELLS: Readonly<Record<Shell, ShellCompletion>> = { bash, zsh, fish };

/** In the scripts: the function that runs this program. */
const RUN = "__matrix_delegation_check_run";

/**
 * The script for that shell.
 * @param self What started this process: node and its script. The program on the PATH comes first; without one (npx, node_modules/.bin)
 * this is it.
 */
export function completionScript(shell: Shell, self: readonly string[]): string {
  const asked = `${PROGRAM} '${CANDIDATES}' `;
  const script = SHELLS[shell].generateScript(PROGRAM, [CANDIDATES, shell, "--"]).trim();
  if (!script.includes(asked)) throw new Error(`the completion script for ${shell} doesn't call ${PROGRAM} as expected`);
  // What compinit reads is the first line.
  const first = shell === "zsh" ? `#compdef ${PROGRAM}\n` : "";
  return `${first}# ${PROGRAM} ${tool.version}: completion for ${shell}; "${PROGRAM} completion --help" says where it belongs.\n${runner(shell, self)}\n${script.replaceAll(asked, `${RUN} '${CANDIDATES}' `)}\n`;
}

/** Nothing of it comes from the command line that is being completed. */
function runner(shell: Shell, self: readonly string[]): string {
  const own = self.map((word) => quoted(shell, word)).join(" ");
  switch (shell) {
    case "bash":
      return `${RUN}() {\n  if type -P ${PROGRAM} >/dev/null; then command ${PROGRAM} "$@"; else ${own} "$@"; fi\n}\n`;
    case "zsh":
      return `${RUN}() {\n  if (( $+commands[${PROGRAM}] )); then command ${PROGRAM} "$@"; else ${own} "$@"; fi\n}\n`;
    case "fish":
      return `function ${RUN}\n    if command -sq ${PROGRAM}\n        command ${PROGRAM} $argv\n    else\n        ${own} $argv\n    end\nend\n`;
  }
}

function quoted(shell: Shell, word: string): string {
  return shell === "fish" ? `'${word.replace(/[\\']/g, "\\$&")}'` : `'${word.replaceAll("'", "'\\''")}'`;
}

/** What the script asks for, in the form that it reads. */
export async function completionCandidates(
  shell: Shell,
  words: readonly string[],
  io: Pick<CommandIo, "stdout" | "engine">,
): Promise<string> {
  const program = buildProgram(
    tool.version,
    io.stdout,
    () => {},
    () => {},
  );
  // bash gives the word as it is written, but wants what stands behind an opening quote.
  const written = shell === "bash" ? words.map((word) => word.replace(/^["']/, "")) : words;
  const found = await candidates(program, written, () => io.engine.rules());
  // A candidate a line: the script for zsh reads lines, but its encoder parts them by nothing.
  return [...SHELLS[shell].encodeSuggestions(found.map(suggestion))]
    .filter((chunk) => chunk !== "\n")
    .map((chunk) => `${chunk}\n`)
    .join("");
}

type Suggestion = Parameters<ShellCompletion["encodeSuggestions"]>[0][number];

function suggestion(candidate: Candidate): Suggestion {
  if ("filesBehind" in candidate) return { kind: "file", type: "any", prefix: candidate.filesBehind, pattern: candidate.filesBehind };
  const { word, description } = candidate;
  return { kind: "literal", text: word, ...(description !== "" && { description: [{ type: "text", text: description }] }) };
}
