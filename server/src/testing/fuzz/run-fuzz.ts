import { inspect } from "node:util"
import type { FuzzTarget } from "./fuzz-target.ts"
import { minimise } from "./minimise.ts"
import { mutate } from "./mutate.ts"
import { readCorpus } from "./read-corpus.ts"
import { SeededRandom } from "./seeded-random.ts"

/** One input of a few kilobytes that takes a target longer than this has found something, in milliseconds. */
const slowMs = 5000

/** Newly made inputs kept to make others from. */
const keptInputs = 256

export interface FuzzOptions {
  /** The same seed makes the same inputs in the same order. */
  readonly seed: number
  /** Inputs to make; either this or `untilMs`. */
  readonly rounds?: number
  /** Time to end at, on the clock of `performance.now()`. */
  readonly untilMs?: number
}

/** An input that broke what must hold. */
export interface Finding {
  readonly target: string
  readonly seed: number
  /** Zero and below: an input of the corpus. */
  readonly round: number
  readonly error: string
  /** As short as it could be made. */
  readonly input: Buffer
}

export interface FuzzResult {
  readonly rounds: number
  readonly finding: Finding | null
}

/** Gives a target its corpus, then what is made of it, until time or rounds are up or something does not hold. */
export async function runFuzz(target: FuzzTarget, options: FuzzOptions): Promise<FuzzResult> {
  const { seed, rounds = Number.POSITIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY } = options
  const random = new SeededRandom(seed)
  const tokens = target.tokens.map((token) => Buffer.from(token, "latin1"))
  const pool = [...readCorpus(target.name), ...target.seeds]
  const begun = pool.length
  let made = 0
  for (let round = 1 - begun; round <= rounds && performance.now() < untilMs; round += 1) {
    made = round
    const isNew = round > 0
    // Half of them straight from what is known to be right: changes upon changes soon get past no first check.
    const from = random.below(2) === 0 ? begun : pool.length
    const parent = pool[isNew ? random.below(from) : round + begun - 1] as Buffer
    const input = isNew ? mutate(random, parent, tokens, pool) : parent
    const error = await tryInput(target, input)
    if (error !== null) return { rounds: round, finding: await toFinding(target, { seed, round, error, input }) }
    if (!isNew || random.below(8) > 0) continue
    if (pool.length < begun + keptInputs) pool.push(Buffer.from(input))
    else pool[begun + random.below(keptInputs)] = Buffer.from(input)
  }
  await target.afterwards?.()
  return { rounds: made, finding: null }
}

async function tryInput(target: FuzzTarget, input: Buffer): Promise<string | null> {
  const start = performance.now()
  try {
    const checking = target.check(input)
    if (checking) await checking
  } catch (error) {
    return error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : String(error)
  }
  const took = performance.now() - start
  return took > slowMs ? `took ${Math.round(took)} ms` : null
}

async function toFinding(target: FuzzTarget, found: Omit<Finding, "target">): Promise<Finding> {
  const [what] = found.error.split("\n")
  const input = await minimise(found.input, async (shorter) => {
    const error = await tryInput(target, shorter)
    return error !== null && error.split("\n")[0] === what
  })
  return { ...found, target: target.name, input }
}

/** Everything needed to see a finding again. */
export function describeFinding({ target, seed, round, error, input }: Finding): string {
  const shown = inspect(input.toString("latin1"), { maxStringLength: 4000, breakLength: 120 })
  return [
    `${target}: ${error}`,
    `seed ${seed}, round ${round}, minimised to ${input.length} bytes:`,
    shown,
    `base64: ${input.toString("base64").slice(0, 8000)}`,
  ].join("\n")
}
