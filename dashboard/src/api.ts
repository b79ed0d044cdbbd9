import type { ApiKeyBody, CreateApiKey, CreatedApiKeyBody, UpdateApiKey } from "@sluice/protocol/api/api-keys"
import type { BreakdownsBody, BreakdownsQuery } from "@sluice/protocol/api/breakdowns"
import type { ApiErrorBody, apiRoot, FieldError, Page } from "@sluice/protocol/api/common"
import type { CreateCredential, CredentialBody, CredentialTestBody } from "@sluice/protocol/api/credentials"
import type {
  CreateCustomModel,
  CustomModelBody,
  CustomModelTestBody,
  UpdateCustomModel,
} from "@sluice/protocol/api/custom-models"
import type { MeBody } from "@sluice/protocol/api/me"
import type { ModelBody } from "@sluice/protocol/api/models"
import type { OrganizationLimitsBody } from "@sluice/protocol/api/organization"
import type { OverviewBody, OverviewQuery } from "@sluice/protocol/api/overview"
import type { AcknowledgeLosses, PipelineHealthBody } from "@sluice/protocol/api/pipeline-health"
import type { RequestBody, RequestsQuery } from "@sluice/protocol/api/requests"
import type {
  EvaluateRoutingRules,
  EvaluationBody,
  ReplayBody,
  ReplayRoutingRules,
  RoutingRuleBody,
  UpdateRoutingRule,
} from "@sluice/protocol/api/routing-rules"
import type { TimeseriesBody, TimeseriesQuery } from "@sluice/protocol/api/timeseries"
import type { ApiErrorCode } from "@sluice/protocol/error-codes"
import type { LimitsChange } from "@sluice/protocol/limits"
import type { ProviderBody } from "@sluice/protocol/providers"

/** Typed only: the value's file brings a validation library that the browser does not need. */
const root: typeof apiRoot = "/api/v1"

/** The server's code; `unreachable` when nothing answered, `unexpected_answer` when what did was not the API. */
export type ClientErrorCode = ApiErrorCode | "unreachable" | "unexpected_answer"

/** Why a call failed: a code for the program, a message for people, and what to correct field by field. */
export class ApiError extends Error {
  readonly code: ClientErrorCode
  /** The HTTP status; null when nothing answered. */
  readonly status: number | null
  readonly details: readonly FieldError[]
  /** What to quote when asking for help; null when nothing answered. */
  readonly requestId: string | null

  constructor(options: {
    code: ClientErrorCode
    message: string
    status: number | null
    details?: readonly FieldError[]
    requestId?: string | null
    cause?: unknown
  }) {
    super(options.message, { cause: options.cause })
    this.name = "ApiError"
    this.code = options.code
    this.status = options.status
    this.details = options.details ?? []
    this.requestId = options.requestId ?? null
  }
}

/** True when the session is missing or over, and signing in is the cure. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401
}

interface CallOptions {
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: unknown
  readonly signal?: AbortSignal
  /** The state a change was made to; the server refuses it when that is no more. */
  readonly ifMatch?: string
}

/**
 * Every call of `/api/v1` the dashboard makes. The session cookie goes along by itself; writes carry the header that a
 * forged form cannot send. All of them throw `ApiError` and nothing else, save for the abort of a given signal.
 */
export const api = {
  getMe: (signal?: AbortSignal) => call<MeBody>("GET", "/me", { signal }),
  signOut: () => call<null>("POST", "/sign-out"),

  listApiKeys: (query: { limit?: number; cursor?: string }, signal?: AbortSignal) =>
    call<Page<ApiKeyBody>>("GET", "/api-keys", { query, signal }),
  createApiKey: (body: Partial<CreateApiKey> & { readonly name: string }) =>
    call<CreatedApiKeyBody>("POST", "/api-keys", { body }),
  updateApiKey: (id: string, body: UpdateApiKey) =>
    call<ApiKeyBody>("PATCH", `/api-keys/${encodeURIComponent(id)}`, { body }),
  deleteApiKey: (id: string) => call<null>("DELETE", `/api-keys/${encodeURIComponent(id)}`),

  getOrganizationLimits: (signal?: AbortSignal) =>
    callTagged<OrganizationLimitsBody>("GET", "/organization/limits", { signal }),
  changeOrganizationLimits: (body: LimitsChange, ifMatch: string) =>
    call<OrganizationLimitsBody>("PATCH", "/organization/limits", { body, ifMatch }),

  listCredentials: (query: { limit?: number; cursor?: string }, signal?: AbortSignal) =>
    call<Page<CredentialBody>>("GET", "/credentials", { query, signal }),
  createCredential: (body: CreateCredential) => call<CredentialBody>("POST", "/credentials", { body }),
  deleteCredential: (id: string) => call<null>("DELETE", `/credentials/${encodeURIComponent(id)}`),
  testCredential: (id: string) => call<CredentialTestBody>("POST", `/credentials/${encodeURIComponent(id)}/test`),

  listModels: (query: { limit?: number; cursor?: string }, signal?: AbortSignal) =>
    call<Page<ModelBody>>("GET", "/models", { query, signal }),
  listCustomModels: (query: { limit?: number; cursor?: string }, signal?: AbortSignal) =>
    call<Page<CustomModelBody>>("GET", "/models/custom", { query, signal }),
  createCustomModel: (body: CreateCustomModel) => call<CustomModelBody>("POST", "/models/custom", { body }),
  updateCustomModel: ({ id, version }: Pick<CustomModelBody, "id" | "version">, body: UpdateCustomModel) =>
    call<CustomModelBody>("PATCH", `/models/custom/${encodeURIComponent(id)}`, { body, ifMatch: `"${version}"` }),
  deleteCustomModel: ({ id, version }: Pick<CustomModelBody, "id" | "version">) =>
    call<null>("DELETE", `/models/custom/${encodeURIComponent(id)}`, { ifMatch: `"${version}"` }),
  testCustomModel: (id: string) => call<CustomModelTestBody>("POST", `/models/custom/${encodeURIComponent(id)}/test`),

  listRequests: (query: Partial<RequestsQuery>, signal?: AbortSignal) =>
    call<Page<RequestBody>>("GET", "/requests", { query, signal }),
  getRequest: (id: string, signal?: AbortSignal) =>
    call<RequestBody>("GET", `/requests/${encodeURIComponent(id)}`, { signal }),

  getOverview: (query: OverviewQuery, signal?: AbortSignal) =>
    call<OverviewBody>("GET", "/overview", { query, signal }),
  getTimeseries: (
    query: Partial<TimeseriesQuery> & Pick<TimeseriesQuery, "metric" | "from" | "to">,
    signal?: AbortSignal,
  ) => call<TimeseriesBody>("GET", "/timeseries", { query, signal }),
  listBreakdown: (query: Partial<BreakdownsQuery> & Pick<BreakdownsQuery, "dimension">, signal?: AbortSignal) =>
    call<BreakdownsBody>("GET", "/breakdowns", { query, signal }),

  listRoutingRules: (signal?: AbortSignal) =>
    call<Page<RoutingRuleBody>>("GET", "/routing-rules", { query: { limit: 200 }, signal }),
  createRoutingRule: (body: UpdateRoutingRule) => call<RoutingRuleBody>("POST", "/routing-rules", { body }),
  updateRoutingRule: ({ id, version }: Pick<RoutingRuleBody, "id" | "version">, body: UpdateRoutingRule) =>
    call<RoutingRuleBody>("PATCH", `/routing-rules/${encodeURIComponent(id)}`, { body, ifMatch: `"${version}"` }),
  deleteRoutingRule: ({ id, version }: Pick<RoutingRuleBody, "id" | "version">) =>
    call<null>("DELETE", `/routing-rules/${encodeURIComponent(id)}`, { ifMatch: `"${version}"` }),
  reorderRoutingRules: (ids: readonly string[]) =>
    call<Page<RoutingRuleBody>>("POST", "/routing-rules/reorder", { body: { ids } }),
  evaluateRoutingRules: (body: Partial<EvaluateRoutingRules>) =>
    call<EvaluationBody>("POST", "/routing-rules/evaluate", { body }),
  replayRoutingRules: (body: Partial<ReplayRoutingRules>, signal?: AbortSignal) =>
    call<ReplayBody>("POST", "/routing-rules/replay", { body, signal }),

  listProviders: (signal?: AbortSignal) => call<Page<ProviderBody>>("GET", "/providers", { signal }),
  getPipelineHealth: (signal?: AbortSignal) => call<PipelineHealthBody>("GET", "/pipeline-health", { signal }),
  acknowledgeLosses: (body: AcknowledgeLosses) =>
    call<PipelineHealthBody>("POST", "/pipeline-health/acknowledge", { body }),
}

type Method = "GET" | "POST" | "PATCH" | "DELETE"

const call = async <Body>(method: Method, path: string, options?: CallOptions): Promise<Body> =>
  (await callTagged<Body>(method, path, options)).body

/** An answer, and the name of the state it shows; `*`, which names any, when it has none. */
async function callTagged<Body>(
  method: Method,
  path: string,
  options: CallOptions = {},
): Promise<{ readonly body: Body; readonly tag: string }> {
  const headers: Record<string, string> = { accept: "application/json" }
  if (method !== "GET") headers["x-sluice-csrf"] = "1"
  if (options.ifMatch !== undefined) headers["if-match"] = options.ifMatch
  if (options.body !== undefined) headers["content-type"] = "application/json"
  const { response, text } = await exchange(`${root}${path}${toQuery(options.query)}`, {
    method,
    headers,
    credentials: "same-origin",
    signal: options.signal ?? null,
    body: options.body === undefined ? null : JSON.stringify(options.body),
  })
  const body = text === "" ? null : parse(text, response.status)
  if (!response.ok) throw toApiError(response.status, body)
  return { body: body as Body, tag: response.headers.get("etag") ?? "*" }
}

async function exchange(url: string, init: RequestInit): Promise<{ response: Response; text: string }> {
  try {
    const response = await fetch(url, init)
    return { response, text: await response.text() }
  } catch (cause) {
    if (init.signal?.aborted) throw cause
    throw new ApiError({
      code: "unreachable",
      status: null,
      message: "Sluice did not answer. Check that it runs and that this computer reaches it.",
      cause,
    })
  }
}

function toQuery(query: CallOptions["query"] = {}): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value))
  const text = parameters.toString()
  return text === "" ? "" : `?${text}`
}

function parse(text: string, status: number): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ApiError({
      code: "unexpected_answer",
      status,
      message: `Something other than Sluice answered with status ${status}. A proxy in between may be the reason.`,
      cause,
    })
  }
}

function toApiError(status: number, body: unknown): ApiError {
  const error = (body as Partial<ApiErrorBody> | null)?.error
  if (typeof error?.code !== "string" || typeof error.message !== "string") {
    return new ApiError({
      code: "unexpected_answer",
      status,
      message: `The answer with status ${status} was not in the API's form.`,
    })
  }
  return new ApiError({
    code: error.code,
    status,
    message: error.message,
    details: error.details,
    requestId: error.request_id,
  })
}
