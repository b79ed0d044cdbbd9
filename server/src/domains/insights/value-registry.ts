import { LRUCache } from "lru-cache"
import { boundedDimensions, placeKey, readValue, toValueBucket, type ValuePlace } from "./admitted-values.ts"
import type { IsAdmitted } from "./collect-rollups.ts"
import type { RollupRow } from "./rollup-row.ts"

/** Buckets that are remembered; one that was forgotten is asked for again. */
const rememberedBuckets = 300

/** What is known of a bucket: values that are counted apart, and whether there will be no more of them. */
interface Bucket {
  readonly admitted: Set<string>
  full: boolean
}

/** Values of one place that are not known to be counted apart. */
export interface ValueQuestion {
  readonly place: ValuePlace
  readonly values: ReadonlySet<string>
  /** How many others are known to be. */
  readonly known: number
}

/** What the database said of a place. */
export interface ValueAnswer {
  readonly place: ValuePlace
  /** Values that are counted apart: those of the question and any others. */
  readonly admitted: readonly string[]
  /** There will be no more of them, and all of them are known now. */
  readonly full: boolean
}

/** What rows ask about their values, with what was known when they asked. */
export interface ValueExamination {
  readonly questions: readonly ValueQuestion[]
  /** Values that are counted apart, by the key of their place. */
  readonly admitted: ReadonlyMap<string, ReadonlySet<string>>
}

/**
 * The values that are counted apart, as far as this process has heard. A value stays what it is, once it was decided, for
 * everyone: what a transaction decided may be learnt only after its COMMIT.
 */
export class ValueRegistry {
  readonly #buckets = new LRUCache<string, Bucket>({ max: rememberedBuckets })

  /** What is known of the values of these rows, and what is not. */
  examine(rows: readonly RollupRow[]): ValueExamination {
    const questions = new Map<string, ValueQuestion & { readonly values: Set<string> }>()
    const admitted = new Map<string, Set<string>>()
    for (const row of rows) {
      const at = Date.parse(row.finished_at)
      for (const dimension of boundedDimensions) {
        const value = readValue(row, dimension)
        if (value === "") continue
        const { organization_id, project_id } = row
        const place = { organization_id, project_id, dimension, bucket: toValueBucket(dimension, at) }
        const key = placeKey(place)
        const bucket = this.#buckets.get(key)
        if (bucket?.admitted.has(value)) addTo(admitted, key, value)
        else if (!bucket?.full) {
          const question = questions.get(key) ?? { place, values: new Set(), known: bucket?.admitted.size ?? 0 }
          questions.set(key, question)
          question.values.add(value)
        }
      }
    }
    return { questions: [...questions.values()], admitted }
  }

  /** Takes over what a transaction was told, after its COMMIT. */
  learn(answers: readonly ValueAnswer[]): void {
    for (const { place, admitted, full } of answers) {
      const key = placeKey(place)
      const bucket = this.#buckets.get(key) ?? { admitted: new Set<string>(), full: false }
      for (const value of admitted) bucket.admitted.add(value)
      bucket.full ||= full
      this.#buckets.set(key, bucket)
    }
  }
}

function addTo(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key)
  if (set) set.add(value)
  else sets.set(key, new Set([value]))
}

/** Whether a value is counted apart, by what was known and by what a transaction was just told. */
export function toAdmission({ admitted }: ValueExamination, answers: readonly ValueAnswer[]): IsAdmitted {
  const told = new Map(answers.map(({ place, admitted: values }) => [placeKey(place), new Set(values)]))
  return (place, value) => {
    const key = placeKey(place)
    return admitted.get(key)?.has(value) === true || told.get(key)?.has(value) === true
  }
}
