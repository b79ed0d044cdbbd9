import { type Control, noControl, parseControl } from "./control.ts"
import { isRecord, recordOf } from "./json-reading.ts"
import { createRandom } from "./random.ts"

/** A fault that holds for a while. Times count in milliseconds from the simulator's start (or last reset). */
export interface ScheduledFault {
  readonly fromMs: number
  readonly toMs: number
  /** As in `x-simulate`: `429`, `hang`, or `fault=429,retry-after=2`. */
  readonly fault: string
  /** The part of requests that meets it, 0 to 1. */
  readonly share: number
}

/** A fault that holds until it is taken back. */
export interface StandingFault {
  readonly fault: string
  readonly share: number
}

/** Which control a request is under, and its text, which tells two of them apart. */
export interface Ruling {
  readonly text: string
  readonly control: Control
}

const noRuling: Ruling = { text: "", control: noControl }
const parsedMost = 500

/**
 * Decides which control a request is under: its own header, else the standing fault, else the schedule. Shares are drawn
 * from the seed and the request's number, so a run repeats exactly.
 */
export class FaultPlan {
  readonly #seed: string
  readonly #schedule: readonly ScheduledFault[]
  #standing: StandingFault | null = null
  readonly #parsed = new Map<string, Control>()

  /** @throws RangeError when a scheduled fault cannot be read */
  constructor(seed: string, schedule: readonly ScheduledFault[]) {
    this.#seed = seed
    this.#schedule = schedule
    for (const entry of schedule) this.#parse(entry.fault)
  }

  get standing(): StandingFault | null {
    return this.#standing
  }

  /** @throws RangeError when the fault cannot be read; the old one stays then */
  stand(fault: StandingFault | null): void {
    if (fault !== null) this.#parse(fault.fault)
    this.#standing = fault
  }

  /** @throws RangeError when the header cannot be read */
  rule(header: string | undefined, at: { readonly elapsedMs: number; readonly ordinal: number }): Ruling {
    if (header !== undefined) return { text: header, control: this.#parse(header) }
    const standing = this.#standing
    if (standing !== null && this.#meets(standing.share, at.ordinal, 0)) return this.#ruling(standing.fault)
    for (const [index, entry] of this.#schedule.entries()) {
      const holds = at.elapsedMs >= entry.fromMs && at.elapsedMs < entry.toMs
      if (holds && this.#meets(entry.share, at.ordinal, index + 1)) return this.#ruling(entry.fault)
    }
    return noRuling
  }

  #ruling(fault: string): Ruling {
    return { text: fault, control: this.#parse(fault) }
  }

  #meets(share: number, ordinal: number, position: number): boolean {
    return share >= 1 || createRandom(this.#seed, "share", `${position}:${ordinal}`).next() < share
  }

  #parse(text: string): Control {
    const known = this.#parsed.get(text)
    if (known !== undefined) return known
    const control = parseControl(text)
    if (this.#parsed.size >= parsedMost) this.#parsed.clear()
    this.#parsed.set(text, control)
    return control
  }
}

/**
 * Reads the body of `POST /simulator/faults`: `{"fault": "429", "share": 0.5}`; a null fault takes the standing one back.
 * @throws RangeError with a sentence for people
 */
export function readStandingFault(value: unknown): StandingFault | null {
  const body = recordOf(value)
  if (!isRecord(value) || (typeof body.fault !== "string" && body.fault !== null)) {
    throw new RangeError('send {"fault": "429", "share": 0.5}, or {"fault": null} to take the standing fault back')
  }
  return body.fault === null ? null : { fault: body.fault, share: readShare(body.share) }
}

/**
 * Reads a schedule: an array of `{"fromMs", "toMs", "fault", "share"}`.
 * @throws RangeError that names the entry at fault
 */
export function readSchedule(value: unknown): readonly ScheduledFault[] {
  if (!Array.isArray(value)) throw new RangeError('a schedule is an array of {"fromMs", "toMs", "fault", "share"}')
  return value.map((element: unknown, index) => {
    const { fromMs, toMs, fault, share } = recordOf(element)
    if (typeof fromMs !== "number" || typeof toMs !== "number" || !(toMs > fromMs) || typeof fault !== "string") {
      throw new RangeError(`entry ${index + 1} of the schedule needs numbers fromMs < toMs and a text fault`)
    }
    return { fromMs, toMs, fault, share: readShare(share) }
  })
}

function readShare(share: unknown): number {
  if (share === undefined) return 1
  if (typeof share !== "number" || !(share >= 0 && share <= 1)) throw new RangeError("share is a number from 0 to 1")
  return share
}
