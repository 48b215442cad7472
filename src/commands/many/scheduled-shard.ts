/**
 * `--shard auto`: which part this run takes, as the scheduler says that started it. Kubernetes sets an index from 0 and no count (Jobs,
 * "Completion mode"); Slurm the index that was given, with the least, the greatest and how many there are (sbatch, "OUTPUT ENVIRONMENT
 * VARIABLES"); GitLab an index from 1 and the count, which is 1 without an index where a job isn't parallel ("Predefined CI/CD variables").
 * What isn't as it must be is refused: a part that is done twice means another that nobody does.
 */
import { type AutoShard, MAX_SHARDS, type Shard } from "../options.ts";
import { CommandUsageError, quote } from "../usage.ts";

type Env = Readonly<Record<string, string | undefined>>;

interface Scheduler {
  what: string;
  /** The variables of the index and of how many there are. */
  index: string;
  count: string;
  /** The index of the first part, where it is always the same. */
  first: 0 | 1 | null;
  /** How a missing count can be given. */
  countBy: (option: string) => string;
  /** The part, from 1; `count` is how many there are. */
  part(index: number, count: number, read: (variable: string) => number | null): number;
}

const SCHEDULERS: readonly Scheduler[] = [
  {
    what: "a Kubernetes Indexed Job",
    index: "JOB_COMPLETION_INDEX",
    count: "JOB_COMPLETIONS",
    countBy: (option) => `${option} can't know the Job's completions: write auto/8, for 8 of them, or set JOB_COMPLETIONS to their number`,
    first: 0,
    part: (index) => index + 1,
  },
  {
    what: "a Slurm job array",
    index: "SLURM_ARRAY_TASK_ID",
    count: "SLURM_ARRAY_TASK_COUNT",
    countBy: () => "SLURM_ARRAY_TASK_COUNT isn't set: write the part itself, such as 1/8",
    first: null,
    part(index, count, read) {
      const least = read("SLURM_ARRAY_TASK_MIN");
      if (least === null) throw refusal("SLURM_ARRAY_TASK_ID is set and SLURM_ARRAY_TASK_MIN isn't: write the part itself, such as 1/8");
      const greatest = read("SLURM_ARRAY_TASK_MAX");
      const step = greatest === null || count === 1 ? (read("SLURM_ARRAY_TASK_STEP") ?? 1) : (greatest - least) / (count - 1);
      const part = (index - least) / step + 1;
      if (!Number.isInteger(part))
        throw refusal(
          `the indexes of the Slurm array aren't evenly apart (SLURM_ARRAY_TASK_ID ${index}, ${count} of them from ${least}${greatest === null ? "" : ` to ${greatest}`}): give it --array=1-${count}, or write the part itself, such as 1/${count}`,
        );
      return part;
    },
  },
  {
    what: "a GitLab job with parallel:",
    index: "CI_NODE_INDEX",
    count: "CI_NODE_TOTAL",
    countBy: () => "CI_NODE_TOTAL isn't set: write the part itself, such as 1/8",
    first: 1,
    part: (index) => index,
  },
];

/** Throws CommandUsageError. */
export function scheduledShard({ of: given }: AutoShard, env: Env): Shard {
  const option = given === null ? "auto" : `auto/${given}`;
  const isSet = (variable: string): boolean => (env[variable] ?? "") !== "";
  const read = (variable: string): number | null => {
    const text = env[variable] ?? "";
    if (text === "") return null;
    if (!/^\d{1,9}$/.test(text)) throw refusal(`${variable} is ${quote(text)}, which is no whole number`);
    return Number(text);
  };
  const found = SCHEDULERS.filter(({ index }) => isSet(index));
  const [scheduler, other] = found;
  if (scheduler === undefined) {
    // Which is what GitLab says of a job that isn't parallel.
    if (env["CI_NODE_TOTAL"] === "1" && (given ?? 1) === 1) return { part: 1, of: 1 };
    const known = SCHEDULERS.map(({ index, what }) => `${index} of ${what}`).join(", ");
    throw refusal(`there is no index in the environment (${known}): write the part itself, such as 1/8`);
  }
  if (other !== undefined)
    throw refusal(`both ${scheduler.index} and ${other.index} are set: write the part itself, such as 1/8, or unset one of them`);
  const { index: indexVariable, count: countVariable } = scheduler;
  const told = read(countVariable);
  if (told !== null && given !== null && told !== given)
    throw refusal(`${countVariable} is ${told}, and --shard ${option} means ${given}: one of them is wrong`);
  const of = given ?? told;
  if (of === null) throw refusal(`${indexVariable} is set, but ${scheduler.countBy(option)}`);
  if (of < 1 || of > MAX_SHARDS) throw refusal(`${countVariable} is ${of}: there may be 1 to ${MAX_SHARDS} parts`);
  const index = read(indexVariable) ?? NaN;
  const part = scheduler.part(index, of, read);
  if (!(part >= 1 && part <= of))
    throw refusal(
      `${indexVariable} is ${index}, which is none of ${of} parts${scheduler.first === null ? "" : `, counted from ${scheduler.first}`}`,
    );
  return { part, of };
}

function refusal(problem: string): CommandUsageError {
  return new CommandUsageError(`--shard auto: ${problem}`);
}
