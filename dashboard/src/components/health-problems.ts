import type { AcknowledgeLosses, PipelineHealthBody } from "@sluice/protocol/api/pipeline-health"
import type { DropReason } from "@sluice/protocol/drain"
import { formatCount, formatQuantity } from "../format/count.ts"

export interface HealthProblem {
  readonly id: "dropped" | "spooled" | "lost" | "backup"
  readonly tone: "warn" | "bad"
  readonly text: string
  /** Something is missing for good: all that is left to do is to have seen it. */
  readonly isPast?: boolean
}

const reasonWords: Readonly<Record<DropReason, string>> = {
  ring_full: "memory buffer full",
  spool_full: "disk spool full",
  rejected: "refused as invalid",
  unserialisable: "not writable as a record",
}

/** What the reader of any figure should know about what is missing from it; empty when nothing is, or all of it was seen. */
export function describeProblems(health: PipelineHealthBody): readonly HealthProblem[] {
  const problems: HealthProblem[] = []
  const { acknowledged } = health
  const { dropped, lost_to_crash: most } = countLosses(health)
  if (dropped > (acknowledged?.dropped ?? 0)) problems.push(describeDropped(health, dropped))
  if (most > (acknowledged?.lost_to_crash ?? 0)) {
    const least = health.lost_to_crash.at_least
    const span = least === most ? formatCount(least) : `between ${formatCount(least)} and ${formatCount(most)}`
    problems.push({
      id: "lost",
      tone: "bad",
      text: `A gateway process crashed and took ${span} ${most === 1 ? "record" : "records"} with it.${describeSeen(acknowledged, "lost_to_crash")}`,
      isPast: true,
    })
  }
  if (health.spooled > 0) {
    problems.push({
      id: "spooled",
      tone: "warn",
      text: `The store is behind: ${formatQuantity(health.spooled, "request")} wait on disk and will appear here by themselves.`,
    })
  }
  problems.push(...describeBackup(health.backup))
  return problems
}

/** All that is missing by this account, as an acknowledgement counts it. */
export const countLosses = ({ dropped, lost_to_crash }: PipelineHealthBody): AcknowledgeLosses => ({
  dropped: Object.values(dropped).reduce((sum, count) => sum + count, 0),
  lost_to_crash: lost_to_crash.at_most,
})

function describeDropped({ dropped, acknowledged }: PipelineHealthBody, total: number): HealthProblem {
  const reasons = Object.entries(dropped).filter(([, count]) => count > 0) as [DropReason, number][]
  const list = reasons.map(([reason, count]) => `${reasonWords[reason] ?? reason}: ${formatCount(count)}`).join(", ")
  return {
    id: "dropped",
    tone: "bad",
    text: `${formatQuantity(total, "finished request")} could not be recorded (${list}). Lists and totals are short of them; traffic was not affected.${describeSeen(acknowledged, "dropped")}`,
    isPast: true,
  }
}

function describeSeen(seen: PipelineHealthBody["acknowledged"], what: "dropped" | "lost_to_crash"): string {
  if (!seen || seen[what] === 0) return ""
  return ` ${formatCount(seen[what])} of them were seen by ${seen.by} at ${toMinute(seen.at)}.`
}

const toMinute = (time: string): string => `${time.slice(0, 16).replace("T", " ")} UTC`

function describeBackup({ failure, overdue, last_backup_at: last }: PipelineHealthBody["backup"]): HealthProblem[] {
  if (failure === null && !overdue) return []
  const age = last === null ? "There is none yet" : `The last good one is of ${toMinute(last)}`
  const what =
    failure === null ? "Scheduled backups are overdue" : `The last backup failed: ${failure.replace(/\.$/, "")}`
  return [{ id: "backup", tone: "warn", text: `${what}. ${age}. "sluice backup" makes one now.` }]
}
