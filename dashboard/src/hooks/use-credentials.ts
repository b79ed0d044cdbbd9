import { queryOptions } from "@tanstack/react-query"
import { api } from "../api.ts"

/** Every credential of the project; there are a handful, so one page of the largest size holds them. */
export const credentialsQuery = queryOptions({
  queryKey: ["credentials"],
  queryFn: ({ signal }) => api.listCredentials({ limit: 200 }, signal),
})

/** The providers this installation knows; they change with a release only. */
export const providersQuery = queryOptions({
  queryKey: ["providers"],
  queryFn: ({ signal }) => api.listProviders(signal),
  staleTime: Number.POSITIVE_INFINITY,
})
