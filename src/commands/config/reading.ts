/** One pass over the configuration file: the mistakes that are found on the way, with their places. */
import type { Locate, Node } from "./json-tree.ts";

/** What is known outside of the file; asked for only when the file mentions it. */
export interface World {
  /** The folder that relative paths begin at; `""` is the working directory. */
  folder: string;
  /** The codes of all findings. */
  codes(): Promise<readonly string[]>;
}

/** Where in the file something stands. */
export interface Place {
  /** `servers[1].ignore[0]` */
  path: string;
  /** From 1. */
  line: number;
  column: number;
}

export interface Mistake extends Place {
  problem: string;
}

/** So many are told. */
export const MAX_MISTAKES = 10;

/** One pass over a document. */
export class Reading {
  readonly world: World;
  readonly #locate: Locate;
  readonly #mistakes: Mistake[] = [];
  #checks: (() => Promise<void>)[] = [];
  #count = 0;

  constructor(world: World, locate: Locate) {
    this.world = world;
    this.#locate = locate;
  }

  /** No mistake so far. */
  get clean(): boolean {
    return this.#count === 0;
  }

  place(node: Pick<Node, "offset">, path: string): Place {
    return { path, ...this.#locate(node.offset) };
  }

  note(node: Pick<Node, "offset">, path: string, problem: () => string): undefined {
    if (++this.#count <= MAX_MISTAKES) this.#mistakes.push({ ...this.place(node, path), problem: problem() });
  }

  /** For what has to be looked up: done when all of the document is read. */
  later(node: Node, path: string, check: () => Promise<string | null>): void {
    this.#checks.push(async () => {
      const problem = await check();
      if (problem !== null) this.note(node, path, () => problem);
    });
  }

  /** In the order of the file, and how many more there are. */
  async mistakes(): Promise<{ mistakes: Mistake[]; more: number }> {
    for (const check of this.#checks) if (this.#count < MAX_MISTAKES) await check();
    this.#checks = [];
    return {
      mistakes: this.#mistakes.toSorted((a, b) => a.line - b.line || a.column - b.column),
      more: Math.max(0, this.#count - MAX_MISTAKES),
    };
  }
}
