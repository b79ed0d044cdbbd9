import type { RequestBody } from "@sluice/protocol/api/requests"
import { StatusBadge } from "../../components/status-badge.tsx"
import { Timestamp } from "../../components/timestamp.tsx"
import { formatDuration } from "../../format/duration.ts"
import { Cost, Tokens } from "./figures.tsx"
import { ModelName } from "./model-name.tsx"

interface RequestCardProps {
  readonly request: RequestBody
  readonly now: number
}

/** A request in two lines, for a phone. */
export function RequestCard({ request, now }: RequestCardProps) {
  return (
    <div className="grid min-w-0 flex-1 grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-2.5 gap-y-1">
      <StatusBadge status={request.status} />
      <span className="truncate font-medium">
        <ModelName request={request} />
      </span>
      <span className="figures text-right">
        <Cost request={request} />
      </span>
      <span className="figures col-span-2 truncate text-ink-mute text-xs">
        <Timestamp at={request.started_at} now={now} /> · {request.feature ?? "untagged"} ·{" "}
        {formatDuration(request.latency_ms)}
      </span>
      <span className="figures text-right text-ink-mute text-xs">
        <Tokens request={request} />
      </span>
    </div>
  )
}
