/** Facts don't change while they are judged: what many rules ask of them is worked out once. */

/** While something is judged: of each object the answers, by the question's number and what else it depends on. */
let known: WeakMap<object, Map<string, unknown>> | null = null;
let questions = 0;

/** `judge` waits for nothing and changes no facts. */
export function whileJudged<T>(judge: () => T): T {
  known = new WeakMap();
  try {
    return judge();
  } finally {
    known = null;
  }
}

/** `view`, which is pure; who gets its answer leaves that as it is. */
export function workedOutOnce<O extends object, M extends readonly (string | number | boolean)[], T>(
  view: (of: O, ...more: M) => T,
): (of: O, ...more: M) => T {
  const question = questions++;
  return (of, ...more) => {
    if (known === null) return view(of, ...more);
    const answers = known.get(of) ?? new Map<string, unknown>();
    if (answers.size === 0) known.set(of, answers);
    const key = more.length === 0 ? String(question) : `${question} ${more.join(" ")}`;
    if (!answers.has(key)) answers.set(key, view(of, ...more));
    return answers.get(key) as T;
  };
}
