import type { RequestBody } from "@sluice/protocol/api/requests"
import { DefinitionList, Fact } from "../../components/definition-list.tsx"
import { formatDuration } from "../../format/duration.ts"
import { splitTimeline } from "./split-timeline.ts"

const looks = {
  gateway: "bg-ink-mute",
  waiting: "bg-accent opacity-45",
  answering: "bg-accent",
} as const

/** Where the time went: before the call, until the first token or byte, and while the answer came. */
export function RequestTimeline({ request }: { readonly request: RequestBody }) {
  const parts = splitTimeline(request)
  return (
    <div className="grid gap-3">
      <div aria-hidden className="flex h-2 gap-px overflow-hidden rounded-full bg-hover">
        {parts.map(({ name, share }) => (
          <span key={name} className={looks[name]} style={{ flexGrow: share, minWidth: 2 }} />
        ))}
      </div>
      <DefinitionList>
        {parts.map(({ name, title, ms }) => (
          <Fact key={name} name={title}>
            <span aria-hidden className={`mr-2 inline-block size-2 rounded-full ${looks[name]}`} />
            {formatDuration(ms)}
          </Fact>
        ))}
        <Fact name="In all">{formatDuration(request.latency_ms)}</Fact>
        {request.time_to_first_byte_ms !== null && (
          <Fact name="First byte after">{formatDuration(request.time_to_first_byte_ms)}</Fact>
        )}
        {request.time_to_first_token_ms !== null && (
          <Fact name="First token after">{formatDuration(request.time_to_first_token_ms)}</Fact>
        )}
        {request.inter_token_p50_ms !== null && request.inter_token_p95_ms !== null && (
          <Fact name="Between tokens">
            {formatDuration(request.inter_token_p50_ms)} median, {formatDuration(request.inter_token_p95_ms)} p95
          </Fact>
        )}
      </DefinitionList>
    </div>
  )
}
