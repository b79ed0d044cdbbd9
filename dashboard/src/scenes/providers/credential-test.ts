import { queryOptions } from "@tanstack/react-query"
import { api } from "../../api.ts"

/** A credential's test. It calls the provider, so it runs only when asked; its result stays until the page is reloaded. */
export const credentialTestQuery = (id: string) =>
  queryOptions({
    queryKey: ["credential-test", id],
    queryFn: () => api.testCredential(id),
    enabled: false,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  })
