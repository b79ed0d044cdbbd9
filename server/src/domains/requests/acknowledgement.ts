import type { PipelineHealth } from "./pipeline-health.ts"

/** How much missing somebody has seen: what the installation has lost up to there is no news any more. */
export interface Losses {
  /** Records dropped, for whatever reason. */
  readonly dropped: number
  /** Records that crashes took, at most. */
  readonly lostToCrash: number
}

/** That somebody has seen what is missing, kept until somebody sees more. */
export interface Acknowledgement extends Losses {
  /** Milliseconds since 1970. */
  readonly at: number
  /** The name of the person or of the key. */
  readonly by: string
}

/** All that is missing by this account. */
export const lossesOf = ({ dropped, lost }: PipelineHealth): Losses => ({
  dropped: Object.values(dropped).reduce((sum, count) => sum + count, 0),
  lostToCrash: lost.atMost,
})

/**
 * What is acknowledged: what was seen, and no more than there is, so that losses nobody knows of yet are news when they come.
 * The account of a crash may correct itself downward, which is why too much is cut off and not refused.
 */
export const boundLosses = (seen: Losses, real: Losses): Losses => ({
  dropped: Math.min(seen.dropped, real.dropped),
  lostToCrash: Math.min(seen.lostToCrash, real.lostToCrash),
})
