/** Options as JavaScript hands them over, where no type has looked at them: unknown names and values that can't be meant. Pure. */
import { nearest } from "./nearest.ts";

/** Null, or what the value should be: `true or false`. `Out` is never filled: it binds the shape to its option's type. */
export type OptionShape<Out> = ((value: unknown) => string | null) & { readonly is?: Out };

/** One for every option of `T`. */
export type OptionShapes<T> = { [Name in keyof Required<T>]: OptionShape<Required<T>[Name]> };

function shape<T>(wanted: string, fits: (value: unknown) => boolean): OptionShape<T> {
  return (value) => (fits(value) ? null : wanted);
}

const isText = (value: unknown): value is string => typeof value === "string";
const isFunction = (value: unknown): boolean => typeof value === "function";
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

export const yesOrNo = shape<boolean>("true or false", (value) => typeof value === "boolean");
export const texts = shape<string[]>("a list of strings", (value) => Array.isArray(value) && value.every(isText));
export const textOrNull = shape<string | null>("a string, or null", (value) => value === null || isText(value));
export const days = shape<number>("a number of days, 0 or more", (value) => typeof value === "number" && value >= 0 && value < Infinity);
export const abortSignal = shape<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal);

export function callback<T>(): OptionShape<T> {
  return shape("a function", isFunction);
}

/** Judged where it is used. */
export function elsewhere<T>(): OptionShape<T> {
  return () => null;
}

export function oneOf<T>(...values: readonly T[]): OptionShape<T> {
  const shown = values.map((value) => JSON.stringify(value));
  return shape(`${shown.slice(0, -1).join(", ")} or ${shown.at(-1)}`, (value) => values.some((each) => each === value));
}

/** An object with these fields and no others; those of `optional` may be missing. */
export function fields<T>(wanted: string, of: OptionShapes<T>, optional: readonly (keyof T)[]): OptionShape<T> {
  return shape(wanted, (value) => {
    if (!isObject(value) || Object.keys(value).some((name) => !Object.hasOwn(of, name))) return false;
    return Object.entries<OptionShape<unknown>>(of).every(([name, fits]) =>
      value[name] === undefined ? optional.some((each) => each === name) : fits(value[name]) === null,
    );
  });
}

export function listOf<T>(wanted: string, each: OptionShape<T>): OptionShape<T[]> {
  return shape(wanted, (value) => Array.isArray(value) && value.every((item) => each(item) === null));
}

export function orNull<T>(shape: OptionShape<T>): OptionShape<T | null> {
  return (value) => (value === null ? null : shape(value));
}

/** Null, or one line that says which option of the function `of` is wrong, and what would be right. What is undefined isn't given. */
export function optionsProblem(of: string, options: unknown, shapes: Readonly<Record<string, OptionShape<unknown>>>): string | null {
  if (!isObject(options)) return `the options of ${of} must be an object, for example { ${Object.keys(shapes)[0]}: … }`;
  for (const [name, value] of Object.entries(options)) {
    const fits = Object.hasOwn(shapes, name) ? shapes[name] : undefined;
    if (fits === undefined) {
      const known = Object.keys(shapes);
      const near = nearest(name, known) ?? beginningAlike(name, known);
      return `${of} has no option ${JSON.stringify(name.slice(0, 80))}: ${near === null ? `it has ${known.join(", ")}` : `did you mean ${near}?`}`;
    }
    const wanted = value === undefined ? null : fits(value);
    if (wanted !== null) return `${name} must be ${wanted}`;
  }
  return null;
}

/** `caFiles` begins with all of `ca`, `zoneFile` as `zones` does. */
function beginningAlike(name: string, known: readonly string[]): string | null {
  const shared = (other: string): number => {
    let length = 0;
    while (length < other.length && name[length]?.toLowerCase() === other[length]?.toLowerCase()) length++;
    return length === other.length || length >= 4 ? length : 0;
  };
  const best = known.toSorted((a, b) => shared(b) - shared(a))[0];
  return best === undefined || shared(best) === 0 ? null : best;
}
