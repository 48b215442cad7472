/** A plan as it stands on the screen, taken apart: the steps, and in each what is read and what is pasted. */
import { stage as run } from "../commands/stage.ts";

export interface ShownStep {
  title: string;
  parts: { prose: string; lines: string[] }[];
}

/** The terminal's columns don't matter for what is pasted. */
export async function shownPlan(argv: readonly string[]): Promise<ShownStep[]> {
  const { code, stdout, stderr } = await run(["plan", ...argv, "--offline"]);
  if (code !== 0) throw new Error(stderr);
  const steps: ShownStep[] = [];
  const [body = ""] = stdout.split(/^Notes$/m);
  for (const block of body.split("\n\n").map((each) => each.trimEnd())) {
    const title = /^\d+\. (.*)$/.exec(block)?.[1];
    const step = steps.at(-1);
    if (title !== undefined) steps.push({ title, parts: [] });
    else if (step !== undefined && /^ {4}/.test(block))
      step.parts.at(-1)?.lines.push(...block.split("\n").map((line) => line.replace(/^ {4}/, "")));
    else if (step !== undefined && block !== "") step.parts.push({ prose: block.replace(/\s+/g, " ").trim(), lines: [] });
  }
  return steps;
}

/** Of a step that says what to do where nothing is there yet, only that: the server here is new. */
export function onNewServer({ title, parts }: ShownStep): ShownStep {
  const whole = parts.findIndex(({ prose }) => prose.includes("add this whole one instead"));
  if (whole === -1) return { title, parts };
  return { title, parts: parts.filter(({ lines }, index) => index >= whole || lines[0]?.startsWith("mkdir ") === true) };
}
