/** A part of a configuration, by its offsets. */
export interface Region {
  start: number;
  /** Exclusive. */
  end: number;
}

export function placed(config: string, { start, end }: Region, change: (body: string) => string): string {
  return config.slice(0, start) + change(config.slice(start, end)) + config.slice(end);
}
