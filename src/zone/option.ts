/** The value of `--zone-file`: `<file>[@<origin>]`. */

export interface ZoneFileOption {
  /** The path, as given. */
  file: string;
  /** The zone's name, as given; null when the file says it. */
  origin: string | null;
}

/**
 * Splits the value at its last `@` when a name stands after it: `db.example@example.com`. A path may hold an `@` itself (`zones/a@b/db`,
 * `db.example@`): after the last one of an option with an origin there is no slash, and something.
 */
export function parseZoneFileOption(value: string): ZoneFileOption {
  const at = value.lastIndexOf("@");
  const origin = value.slice(at + 1);
  if (at <= 0 || origin === "" || /[/\\]/.test(origin)) return { file: value, origin: null };
  return { file: value.slice(0, at), origin };
}
