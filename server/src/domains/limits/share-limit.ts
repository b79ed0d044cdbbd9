/** One process's part in a limit. */
export interface Part {
  /** Units it holds and cannot be made to give up. */
  readonly held: number
  /** Units it lately asked for, per second. */
  readonly demand: number
  /** Units it may take already, beyond those it holds. */
  readonly spare: number
}

/** How much of the mean demand a process counts for that shows none: its next request should find something. */
const restingWeight = 0.1

/** A last unit stays where it is unless another process wants it so many times more: what is on its way serves nobody. */
const stayingWeight = 3

/**
 * What each process should be allowed to hold: what it holds, and of what is free parts by demand. What does not divide goes,
 * unit by unit, to whoever wants it most and has fewest. Whole units; together never more than the limit, unless more is
 * held already.
 * @param reserved units that nobody may have, because a process that is gone took them
 */
export function shareLimit(limit: number, reserved: number, parts: readonly Part[]): number[] {
  const held = parts.reduce((sum, part) => sum + part.held, 0)
  const free = limit - reserved - held
  if (free <= 0 || parts.length === 0) return parts.map((part) => part.held)
  const each = free >= parts.length ? 1 : 0
  const rest = free - each * parts.length
  const demand = parts.reduce((sum, part) => sum + part.demand, 0)
  const resting = demand === 0 ? 1 : (restingWeight * demand) / parts.length
  const weights = demand + resting * parts.length
  const extras = parts.map((part) => each + Math.floor((rest * (part.demand + resting)) / weights))
  let left = free - extras.reduce((sum, extra) => sum + extra, 0)
  for (; left > 0; left -= 1) {
    const keenest = findKeenest(parts, extras, resting)
    extras[keenest] = (extras[keenest] as number) + 1
  }
  return parts.map((part, i) => part.held + (extras[i] as number))
}

/** Who gets the next unit that is left over. */
function findKeenest(parts: readonly Part[], extras: readonly number[], resting: number): number {
  let keenest = 0
  let most = -1
  for (const [i, part] of parts.entries()) {
    const extra = extras[i] as number
    const stays = part.spare > extra ? stayingWeight : 1
    const keenness = ((part.demand + resting) * stays) / (extra + 1)
    if (keenness > most) {
      most = keenness
      keenest = i
    }
  }
  return keenest
}
