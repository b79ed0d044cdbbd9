import type { FigureFilters } from "@sluice/protocol/api/figures"
import { fromPublicId } from "@sluice/protocol/ids"
import type { SeriesFilters } from "../domains/insights/index.ts"
import { validationFailed } from "../platform/errors.ts"

/** The value of `feature` that finds requests without one. */
const untagged = "untagged"

/** The filters of a query as rollups have them. @throws ApiError `validation_failed` for what is no key's id */
export function toSeriesFilters({ feature, model, provider, key }: FigureFilters): SeriesFilters {
  const keyId = key === undefined ? null : fromPublicId("apiKey", key)
  if (key !== undefined && keyId === null) {
    throw validationFailed([{ field: "key", message: "must be the id of an API key, such as key_…" }])
  }
  return {
    feature: feature === untagged ? "" : (feature ?? null),
    model: model ?? null,
    provider: provider ?? null,
    key: keyId,
  }
}
