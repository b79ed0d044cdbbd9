import type { PipelineHealthBody } from "@sluice/protocol/api/pipeline-health"
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { CircleAlert, TriangleAlert } from "lucide-react"
import type { ReactNode } from "react"
import { ApiError, api } from "../api.ts"
import { useMay } from "../hooks/use-me.ts"
import { Button } from "./button.tsx"
import { classNames } from "./class-names.ts"
import { countLosses, describeProblems, type HealthProblem } from "./health-problems.ts"
import { useNotify } from "./toasts.tsx"

const healthKey = ["pipeline-health"]
const askEveryMs = 5000
/** Whoever waits for it to come back wants to know at once. */
const askAgainMs = 1000

/** One line per thing that is wrong with what is shown; nothing when all is well. */
export function HealthBanner() {
  const { data, error } = useQuery({
    queryKey: healthKey,
    queryFn: ({ signal }) => api.getPipelineHealth(signal),
    refetchInterval: (query) => (query.state.error ? askAgainMs : askEveryMs),
    retry: false,
  })
  if (error) {
    // A caller who may not read the health is not told of it; everything else means that the figures stand still.
    if (error instanceof ApiError && error.status !== null && error.status < 500) return null
    return (
      <Line tone="bad">
        {error instanceof ApiError && error.status === null
          ? "Sluice's API does not answer. What is shown is as of the last answer; this page tries again by itself."
          : `The recording's health is unknown: ${error.message}`}
      </Line>
    )
  }
  return (
    data &&
    describeProblems(data).map(({ id, tone, text, isPast }) => (
      <Line key={id} tone={tone} action={isPast && <Acknowledge health={data} what={id} />}>
        {text}
      </Line>
    ))
  )
}

interface AcknowledgeProps {
  readonly health: PipelineHealthBody
  readonly what: HealthProblem["id"]
}

/** Says that a loss was seen, as far as it is shown here; what is lost from now on is told of again. */
function Acknowledge({ health, what }: AcknowledgeProps) {
  const queries = useQueryClient()
  const notify = useNotify()
  const isAllowed = useMay("pipeline-health:acknowledge")
  const { mutate, isPending } = useMutation({
    mutationFn: api.acknowledgeLosses,
    onSuccess: (changed) => queries.setQueryData(healthKey, changed),
    onError: (error) => notify("bad", `The message stays: ${error.message}`),
  })
  if (!isAllowed) return null
  const all = countLosses(health)
  const seen = { dropped: health.acknowledged?.dropped ?? 0, lost_to_crash: health.acknowledged?.lost_to_crash ?? 0 }
  const now = what === "dropped" ? { ...seen, dropped: all.dropped } : { ...seen, lost_to_crash: all.lost_to_crash }
  return (
    <Button size="small" className="ml-auto" disabled={isPending} onClick={() => mutate(now)}>
      Mark as seen
    </Button>
  )
}

interface LineProps {
  readonly tone: "warn" | "bad"
  readonly children: string
  readonly action?: ReactNode
}

function Line({ tone, children, action }: LineProps) {
  const Icon = tone === "warn" ? TriangleAlert : CircleAlert
  return (
    <div
      role="status"
      className={classNames(
        "flex shrink-0 gap-2 border-line border-b px-4 py-2",
        tone === "warn" ? "bg-warn-soft" : "bg-bad-soft",
      )}
    >
      <Icon aria-hidden className={classNames("mt-0.5 size-4 shrink-0", tone === "warn" ? "text-warn" : "text-bad")} />
      <p className="min-w-0">{children}</p>
      {action}
    </div>
  )
}
