/**
 * How much longer than on an idle machine something may take, milliseconds: so long may a process wait for its turn at a load of 16. What
 * keeps no deadline at all, or waits for the next one's, takes longer still, or never ends.
 */
export const ROOM_MS = 20_000;
