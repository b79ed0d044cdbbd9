import { sql } from "drizzle-orm"
import type { Transaction } from "../../platform/database/database.ts"
import { type ValuePlace, valueLimits } from "./admitted-values.ts"
import type { ValueAnswer, ValueQuestion } from "./value-registry.ts"

/** Any number that no other advisory lock uses; it seeds the hash of a project. */
const valueLock = 7_583_210_470

/** Values written by one statement, so that none stops the embedded database for long. */
const statementValues = 750

/**
 * Decides which values are counted apart, and says which are. One transaction at a time decides for a project, so that no
 * bucket gets more than its limit; projects are locked in one order, so that two transactions never wait for each other.
 */
export async function admitValues(
  tx: Transaction,
  questions: readonly ValueQuestion[],
): Promise<readonly ValueAnswer[]> {
  if (questions.length === 0) return []
  await lockProjects(tx, questions)
  const held = await readPlaces(tx, questions)
  const answers: ValueAnswer[] = []
  const added: (ValuePlace & { readonly value: string })[] = []
  questions.forEach(({ place, values, known }, at) => {
    const { count = 0, values: others } = held.get(at) ?? {}
    const unknown = others ? [...values].filter((value) => !others.has(value)) : [...values]
    const fresh = unknown.slice(0, Math.max(0, valueLimits[place.dimension] - count))
    for (const value of fresh) added.push({ ...place, value })
    const full = count + fresh.length >= valueLimits[place.dimension]
    answers.push({
      place,
      admitted: [...(others ?? []), ...fresh],
      full: full && (others !== undefined || known === count),
    })
  })
  await addValues(tx, added)
  return answers
}

async function lockProjects(tx: Transaction, questions: readonly ValueQuestion[]): Promise<void> {
  const projects = JSON.stringify([...new Set(questions.map(({ place }) => place.project_id))].sort())
  await tx.execute(sql`
    SELECT pg_advisory_xact_lock(key) FROM (
      SELECT DISTINCT hashtextextended(value, ${valueLock}) AS key
      FROM jsonb_array_elements_text(${projects}::text::jsonb) ORDER BY key OFFSET 0) AS keys`)
}

/** How many values a place has, and which, unless they are as many as the asker knows: then they are the same. */
interface HeldPlace {
  readonly count: number
  readonly values?: ReadonlySet<string>
}

const inPlace = sql`old.organization_id = asked.organization_id AND old.project_id = asked.project_id
  AND old.dimension = asked.dimension AND old.bucket = asked.bucket`

/** By the position of the question. */
async function readPlaces(
  tx: Transaction,
  questions: readonly ValueQuestion[],
): Promise<ReadonlyMap<number, HeldPlace>> {
  const list = questions.map(({ place, known }, at) => ({ ...toRow(place), known, at }))
  const { rows } = await tx.execute<{ at: number; count: number; values: readonly string[] | null }>(sql`
    SELECT at, held.count::int AS count,
      CASE WHEN held.count <> known THEN (SELECT json_agg(value) FROM rollup_values AS old WHERE ${inPlace}) END AS values
    FROM jsonb_to_recordset(${JSON.stringify(list)}::text::jsonb) AS asked (organization_id uuid, project_id uuid,
      dimension text, bucket timestamptz, known int, at int),
    LATERAL (SELECT count(*) AS count FROM rollup_values AS old WHERE ${inPlace}) AS held`)
  return new Map(rows.map(({ at, count, values }) => [at, values ? { count, values: new Set(values) } : { count }]))
}

async function addValues(tx: Transaction, added: readonly (ValuePlace & { readonly value: string })[]): Promise<void> {
  for (let from = 0; from < added.length; from += statementValues) {
    const list = added.slice(from, from + statementValues).map(({ value, ...place }) => ({ ...toRow(place), value }))
    await tx.execute(sql`
      INSERT INTO rollup_values (organization_id, project_id, dimension, bucket, value)
      SELECT organization_id, project_id, dimension, bucket, value
      FROM jsonb_to_recordset(${JSON.stringify(list)}::text::jsonb) AS new (organization_id uuid, project_id uuid,
        dimension text, bucket timestamptz, value text)
      ON CONFLICT DO NOTHING`)
  }
}

const toRow = (place: ValuePlace) => ({ ...place, bucket: new Date(place.bucket).toISOString() })
