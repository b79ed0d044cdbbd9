import { combinedDimensions } from "@sluice/protocol/api/figures"
import { type Series, type TimeseriesBody, timeseriesMetrics, timeseriesSteps } from "@sluice/protocol/api/timeseries"
import { toPublicId } from "@sluice/protocol/ids"
import { z } from "zod"
import { timeSchema } from "../schemas.ts"
import { moneySchema } from "./request.ts"

/** A chart's data in answers. */
export const TimeseriesSchema = z
  .strictObject({
    metric: z.enum(timeseriesMetrics),
    step: z.enum(timeseriesSteps),
    from: timeSchema,
    to: timeSchema,
    group_by: z.enum(combinedDimensions).nullable(),
    complete_until: timeSchema,
    estimated_requests: z.number().min(0),
    unknown_requests: z.number().min(0),
    times: z.array(timeSchema),
    series: z.array(
      z.strictObject({
        value: z.string().nullable(),
        name: z.string().nullable(),
        other: z.boolean(),
        points: z.array(z.union([z.number().min(0), moneySchema, z.null()])),
      }),
    ),
  })
  .meta({ id: "Timeseries" })

/** A chart's data as the API shows it: keys by their public ids. */
export const presentTimeseries = (timeseries: TimeseriesBody): TimeseriesBody =>
  timeseries.group_by === "key" ? { ...timeseries, series: timeseries.series.map(withPublicKey) } : timeseries

const withPublicKey = (series: Series): Series => ({
  ...series,
  value: series.value === null ? null : toPublicId("apiKey", series.value),
})
