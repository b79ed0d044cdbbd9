import { createRoute } from "@hono/zod-openapi"
import type { Page } from "@sluice/protocol/api/common"
import { type ProviderBody, protocols, providerNames } from "@sluice/protocol/providers"
import { z } from "zod"
import { answers, createRoutes, failures, NoQuery, needs } from "../route.ts"
import { pageSchema } from "../schemas.ts"

/** `GET providers`. `providers` are those of this installation, with the roots it sends to. */
export function providerRoutes({ providers }: { readonly providers: readonly ProviderBody[] }) {
  const routes = createRoutes()
  routes.openapi(listRoute, (context) =>
    context.json({ data: providers, next_cursor: null, has_more: false } satisfies Page<ProviderBody>, 200),
  )
  return routes
}

const ProviderSchema = z
  .strictObject({
    name: z.enum(providerNames),
    title: z.string(),
    protocol: z.enum(protocols),
    base_url: z.string().nullable(),
  })
  .meta({ id: "Provider" })

const listRoute = createRoute({
  tags: ["Providers"],
  ...needs("provider:read"),
  method: "get",
  path: "/providers",
  operationId: "listProviders",
  summary: "The providers a credential can be for; all of them on one page",
  request: { query: NoQuery },
  responses: { 200: answers<Page<ProviderBody>>(pageSchema(ProviderSchema), "Providers."), ...failures(400, 401, 403) },
})
