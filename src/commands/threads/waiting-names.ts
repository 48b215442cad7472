/**
 * Which of the names that wait is next for which thread. Names under one registrable domain share nameservers, addresses and files, and are
 * asked about once a thread: so they meet in one, as long as no other one would be idle because of it.
 */
import { getDomain } from "tldts";
import { partOf } from "../many/shard.ts";

export class WaitingNames<Name extends { serverName: string }> {
  /** By the place of their thread, from 0. */
  readonly #queues: Name[][];

  constructor(places: number) {
    this.#queues = Array.from({ length: places }, () => []);
  }

  add(name: Name): void {
    const { serverName } = name;
    const domain = getDomain(serverName) ?? serverName;
    this.#queues[partOf(domain, this.#queues.length) - 1]?.push(name);
  }

  /** Of those that meet there; without any the oldest of those of which most wait. */
  next(place: number): Name | undefined {
    return this.#queues[place]?.shift() ?? this.#longest()?.shift();
  }

  /** False when it waits no more. */
  remove(name: Name): boolean {
    for (const queue of this.#queues) {
      const at = queue.indexOf(name);
      if (at === -1) continue;
      queue.splice(at, 1);
      return true;
    }
    return false;
  }

  #longest(): Name[] | undefined {
    let longest = this.#queues[0];
    for (const queue of this.#queues) if (queue.length > (longest?.length ?? 0)) longest = queue;
    return longest;
  }
}
