/** The implementations that are modelled, those that most servers run first. */
import { conduit } from "./conduit.ts";
import { conduwuit, tuwunel } from "./conduwuit.ts";
import { continuwuity } from "./continuwuity.ts";
import { dendrite } from "./dendrite.ts";
import { matrixMediaRepo } from "./matrix-media-repo.ts";
import { mautrixGo } from "./mautrix-go.ts";
import type { Homeserver } from "./model.ts";
import { rocketChat } from "./rocket-chat.ts";
import { synapse } from "./synapse.ts";

export const homeservers: readonly Homeserver[] = [
  synapse,
  dendrite,
  conduit,
  conduwuit,
  tuwunel,
  continuwuity,
  mautrixGo,
  matrixMediaRepo,
  rocketChat,
];
