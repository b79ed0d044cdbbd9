import type { RequestBody } from "@sluice/protocol/api/requests"
import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { DefinitionList, Fact } from "../../components/definition-list.tsx"
import { StatusBadge } from "../../components/status-badge.tsx"
import { Timestamp } from "../../components/timestamp.tsx"
import { formatBytes, formatCount } from "../../format/count.ts"
import { formatDuration } from "../../format/duration.ts"
import { formatUtc } from "../../format/time.ts"
import { useNow } from "../../hooks/use-now.ts"
import { Cost, FirstToken, Tokens } from "./figures.tsx"
import { ModelName } from "./model-name.tsx"
import { RequestTimeline } from "./request-timeline.tsx"
import {
  adviceFor,
  categoryWords,
  qualityWords,
  skipWords,
  usageSourceWords,
  whyNoCost,
  whyNoTokens,
} from "./unknown-reasons.ts"

interface OfRequest {
  readonly request: RequestBody
}

/** Everything known of one request. */
export function RequestDetail({ request }: OfRequest) {
  return (
    <div className="grid gap-5">
      <Summary request={request} />
      {request.status >= 400 && <Problem request={request} />}
      <Section title="Timing">
        <RequestTimeline request={request} />
      </Section>
      <UsageSection request={request} />
      <RouteSection request={request} />
      <CallerSection request={request} />
      <ContentSection request={request} />
    </div>
  )
}

function Summary({ request }: OfRequest) {
  const now = useNow(60_000)
  return (
    <div className="grid gap-3">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <StatusBadge status={request.status} />
        <span className="min-w-0 font-medium [overflow-wrap:anywhere]">
          <ModelName request={request} />
        </span>
        <span className="ml-auto text-ink-mute">
          <Timestamp at={request.started_at} now={now} />
        </span>
      </p>
      <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line">
        <Headline name="Latency">{formatDuration(request.latency_ms)}</Headline>
        <Headline name="First token">
          <FirstToken request={request} />
        </Headline>
        <Headline name="Tokens">
          <Tokens request={request} />
        </Headline>
        <Headline name="Cost">
          <Cost request={request} />
        </Headline>
      </dl>
    </div>
  )
}

function Headline({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="min-w-0 bg-surface px-2.5 py-2">
      <dt className="text-ink-mute text-xs">{name}</dt>
      <dd className="figures truncate font-medium">{children}</dd>
    </div>
  )
}

function Problem({ request }: OfRequest) {
  const { error_code: code, error_category: category, error_source: source, status } = request
  const advice = adviceFor(code)
  const whose = source === "client" ? "the client's side" : source === null ? "an unknown side" : `the ${source}`
  return (
    <div className={status < 500 ? "rounded-lg bg-warn-soft p-3" : "rounded-lg bg-bad-soft p-3"}>
      <p className="font-medium">
        {code ?? `Status ${status}`}
        <span className="font-normal text-ink-soft">
          {category && ` · ${categoryWords[category]}`} · came from {whose}
        </span>
      </p>
      {advice && <p className="text-ink-soft">{advice}</p>}
      {code === "no_credential" && (
        <Link to="/providers" className="text-accent underline underline-offset-3">
          Open Providers
        </Link>
      )}
    </div>
  )
}

function UsageSection({ request }: OfRequest) {
  const { usage } = request
  const cost = request.cost_usd
  return (
    <Section title="Tokens and cost">
      <DefinitionList>
        <Fact name="Input">{countOr(usage.input_tokens, whyNoTokens(request))}</Fact>
        {usage.cache_read_tokens !== null && (
          <Fact name="· read from cache">{formatCount(usage.cache_read_tokens)}</Fact>
        )}
        {usage.cache_write_tokens !== null && (
          <Fact name="· written to cache">{formatCount(usage.cache_write_tokens)}</Fact>
        )}
        <Fact name="Output">{countOr(usage.output_tokens, whyNoTokens(request))}</Fact>
        {usage.reasoning_tokens !== null && <Fact name="· reasoning">{formatCount(usage.reasoning_tokens)}</Fact>}
        <Fact name="Counts">{usageSourceWords[request.usage_source]}</Fact>
        <Fact name="Cost">
          {cost === null ? (
            <Absent because={whyNoCost(request)} />
          ) : (
            `$${cost}${request.usage_source === "estimated" ? " (estimate)" : ""}`
          )}
        </Fact>
        {request.price_version && <Fact name="Prices">{request.price_version}</Fact>}
      </DefinitionList>
    </Section>
  )
}

function RouteSection({ request }: OfRequest) {
  return (
    <Section title="Model and route">
      <DefinitionList>
        <Fact name="Requested">{request.model_requested ?? <Absent because="no model was named" />}</Fact>
        <Fact name="Used">{request.model_actual ?? <Absent because="no provider was called" />}</Fact>
        <Fact name="Answered as">
          {request.model_response ?? <Absent because="the provider did not name the model that answered" />}
        </Fact>
        {request.custom_model_id && (
          <Fact name="Custom model">
            <Link to="/models" className="text-accent underline underline-offset-3">
              {request.custom_model_id}
            </Link>
          </Fact>
        )}
        <Fact name="Provider">
          {request.provider ?? <Absent because="it ended before one was chosen" />}
          {request.provider_unknown && " (inferred: the catalog does not know the model)"}
        </Fact>
        <Fact name="Credential">{describeCredential(request)}</Fact>
        <Fact name="Endpoint">{request.endpoint}</Fact>
        <Fact name="Operation">{request.operation}</Fact>
        <Fact name="Streaming">{request.streaming ? "yes" : "no"}</Fact>
        <Fact name="Tools">{describeTools(request)}</Fact>
        <Fact name="Attempts">{formatCount(request.attempts)}</Fact>
        <Fact name="Finish reason">{request.finish_reason ?? <Absent because="the answer gave none" />}</Fact>
        {request.rule_id && (
          <Fact name="Rule">
            <RuleLink id={request.rule_id} />
          </Fact>
        )}
        {request.rule_skipped.map(({ rule_id, reason }) => (
          <Fact key={rule_id} name="Rule skipped">
            <RuleLink id={rule_id} />: {skipWords[reason] ?? reason}
          </Fact>
        ))}
      </DefinitionList>
    </Section>
  )
}

function describeTools({ has_tools: hasTools }: RequestBody): ReactNode {
  if (hasTools === null) return <Absent because="it was not recorded whether the request offered any" />
  return hasTools ? "offered" : "none offered"
}

function RuleLink({ id }: { readonly id: string }) {
  return (
    <Link to="/rules" search={{ rule: id }} className="text-accent underline underline-offset-3">
      {id}
    </Link>
  )
}

const credentialSources = {
  stored: "stored here",
  environment: "from the environment",
  caller: "the caller's own key",
} as const

function describeCredential(request: RequestBody): ReactNode {
  if (request.credential_source === null) return <Absent because="none was used" />
  const source = credentialSources[request.credential_source]
  return request.credential_id ? `${source} (${request.credential_id})` : source
}

function CallerSection({ request }: OfRequest) {
  return (
    <Section title="Caller">
      <DefinitionList>
        <Fact name="API key">{request.key_name ? `${request.key_name} (${request.key_id})` : request.key_id}</Fact>
        <Fact name="Environment">{request.environment}</Fact>
        <Fact name="Feature">{request.feature ?? <Absent because="X-Sluice-Feature was not sent" />}</Fact>
        <Fact name="Task">{request.task ?? <Absent because="X-Sluice-Task was not sent" />}</Fact>
        <Fact name="Session">{request.session_id ?? <Absent because="X-Sluice-Session was not sent" />}</Fact>
        <Fact name="User">{request.user_id ?? <Absent because="X-Sluice-User was not sent" />}</Fact>
        {request.client_request_id && <Fact name="Caller's id">{request.client_request_id}</Fact>}
        {request.trace_id && <Fact name="Trace">{request.trace_id}</Fact>}
        {request.metadata && (
          <Fact name="Metadata">
            <code className="whitespace-pre-wrap font-mono text-xs">{JSON.stringify(request.metadata, null, 2)}</code>
          </Fact>
        )}
      </DefinitionList>
    </Section>
  )
}

function ContentSection({ request }: OfRequest) {
  return (
    <Section title="Sizes and record">
      <DefinitionList>
        <Fact name="Prompt">
          {formatBytes(request.prompt_bytes)}
          {request.prompt_messages !== null && `, ${formatCount(request.prompt_messages)} messages`}
        </Fact>
        <Fact name="Answer">{formatBytes(request.completion_bytes)}</Fact>
        <Fact name="Started">{formatUtc(request.started_at)}</Fact>
        <Fact name="Finished">{formatUtc(request.finished_at)}</Fact>
      </DefinitionList>
      {request.quality.length > 0 && (
        <ul className="mt-2 grid gap-1 rounded-lg bg-warn-soft p-3">
          {request.quality.map((flag) => (
            <li key={flag}>{qualityWords[flag] ?? flag}</li>
          ))}
        </ul>
      )}
      <p className="mt-2 text-ink-mute text-xs">Prompts and answers are not recorded; only what is shown here is.</p>
    </Section>
  )
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-2 border-line border-b pb-1 font-medium text-ink-soft">{title}</h3>
      {children}
    </section>
  )
}

function countOr(count: number | null, because: string): ReactNode {
  return count === null ? <Absent because={because} /> : formatCount(count)
}

/** In the drawer there is room to say the reason without a hover. */
function Absent({ because }: { readonly because: string }) {
  return <span className="text-ink-mute">– {because}</span>
}
