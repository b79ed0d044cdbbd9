import type { ModelBody } from "@sluice/protocol/api/models"
import { queryOptions } from "@tanstack/react-query"
import { api } from "../../api.ts"

/** The whole catalog: some hundred models, which change with an import of prices only. */
export const catalogQuery = queryOptions({
  queryKey: ["models"],
  queryFn: async ({ signal }) => {
    const models: ModelBody[] = []
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await api.listModels({ limit: 200, cursor }, signal)
      models.push(...page.data)
      cursor = page.next_cursor ?? undefined
      more = page.has_more
    }
    return models
  },
  staleTime: 5 * 60_000,
})

/** The project's own models; a page of the largest size holds what people make by hand. */
export const customModelsQuery = queryOptions({
  queryKey: ["custom-models"],
  queryFn: ({ signal }) => api.listCustomModels({ limit: 200 }, signal),
})

/** A custom model's test. It calls the model, so it runs only when asked; its result stays until the page is reloaded. */
export const customModelTestQuery = (id: string) =>
  queryOptions({
    queryKey: ["custom-model-test", id],
    queryFn: () => api.testCustomModel(id),
    enabled: false,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  })
