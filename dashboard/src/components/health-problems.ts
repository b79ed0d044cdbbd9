import type { PipelineHealthBody } from "@sluice/protocol/api/pipeline-health"
import type { DropReason } from "@sluice/protocol/drain"
import { formatCount, formatQuantity } from "../format/count.ts"

export interface HealthProblem {
  readonly id: "dropped" | "spooled" | "lost"
  readonly tone: "warn" | "bad"
  readonly text: string
}

const reasonWords: Readonly<Record<DropReason, string>> = {
  ring_full: "memory buffer full",
  spool_full: "disk spool full",
  rejected: "refused as invalid",
  unserialisable: "not writable as a record",
}

/** What the reader of any figure should know about what is missing from it; empty when nothing is. */
export function describeProblems(health: PipelineHealthBody): readonly HealthProblem[] {
  const problems: HealthProblem[] = []
  const reasons = Object.entries(health.dropped).filter(([, count]) => count > 0) as [DropReason, number][]
  if (reasons.length > 0) {
    const total = reasons.reduce((sum, [, count]) => sum + count, 0)
    const list = reasons.map(([reason, count]) => `${reasonWords[reason] ?? reason}: ${formatCount(count)}`).join(", ")
    problems.push({
      id: "dropped",
      tone: "bad",
      text: `${formatQuantity(total, "finished request")} could not be recorded (${list}). Lists and totals are short of them; traffic was not affected.`,
    })
  }
  const { at_least: least, at_most: most } = health.lost_to_crash
  if (most > 0) {
    const span = least === most ? formatCount(least) : `between ${formatCount(least)} and ${formatCount(most)}`
    problems.push({
      id: "lost",
      tone: "bad",
      text: `A gateway process crashed and took ${span} ${most === 1 ? "record" : "records"} with it.`,
    })
  }
  if (health.spooled > 0) {
    problems.push({
      id: "spooled",
      tone: "warn",
      text: `The store is behind: ${formatQuantity(health.spooled, "request")} wait on disk and will appear here by themselves.`,
    })
  }
  return problems
}
