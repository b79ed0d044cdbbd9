import type { OverviewBody, PartialReason } from "@sluice/protocol/api/overview"
import { messageOf } from "../../components/failure.tsx"
import { Timestamp } from "../../components/timestamp.tsx"
import { useNow } from "../../hooks/use-now.ts"

interface SummaryNotesProps {
  readonly body: OverviewBody
  /** Why the last look failed; null when it did not. */
  readonly error: Error | null
}

const partialWords: Readonly<Record<PartialReason, string>> = {
  younger_than_period: "This project is younger than the period: the figures cover what there is.",
  back_fill: "Older requests are still being counted: the figures will grow.",
}

/** As of when the figures are, and what they do not cover. */
export function SummaryNotes({ body: { summary, pending_reason }, error }: SummaryNotesProps) {
  const now = useNow(15_000)
  return (
    <div role="status" className="-mt-2 grid gap-0.5 text-ink-mute text-xs">
      {summary ? (
        <p>
          As of <Timestamp at={summary.as_of} now={now} />, reckoned once a minute
        </p>
      ) : (
        <p>{pending_reason ?? "The figures are being reckoned for the first time."} They appear here by themselves.</p>
      )}
      {summary?.partial_reasons.map((reason) => (
        <p key={reason} className="text-warn">
          {partialWords[reason]}
        </p>
      ))}
      {error && <p className="text-bad">Not updating: {messageOf(error)}</p>}
    </div>
  )
}
