import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query"
import { RouterProvider } from "@tanstack/react-router"
import { ApiError, isSignedOut } from "./api.ts"
import { TipLayer } from "./components/tip-layer.tsx"
import { Toasts } from "./components/toasts.tsx"
import { meQuery } from "./hooks/use-me.ts"
import { createDashboardRouter } from "./routes.tsx"

/** Failures that a moment may cure. Anything else is shown at once. */
function isWorthRetrying(failures: number, error: Error): boolean {
  return failures < 2 && error instanceof ApiError && (error.status === null || error.status >= 500)
}

function createQueryClient(): QueryClient {
  // A session that ended while the page was open shows in whatever is asked next; then the shell asks who is there.
  const onError = (error: Error): void => {
    if (isSignedOut(error)) void client.refetchQueries({ queryKey: meQuery.queryKey }, { cancelRefetch: false })
  }
  const client = new QueryClient({
    queryCache: new QueryCache({ onError: (error, query) => query.queryKey[0] !== "me" && onError(error) }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: { retry: isWorthRetrying, retryDelay: (failures) => 400 * 2 ** failures, networkMode: "always" },
      mutations: { networkMode: "always" },
    },
  })
  return client
}

const client = createQueryClient()
const router = createDashboardRouter()

/** The whole dashboard. */
export function App() {
  return (
    <QueryClientProvider client={client}>
      <Toasts>
        <RouterProvider router={router} />
      </Toasts>
      <TipLayer />
    </QueryClientProvider>
  )
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createDashboardRouter>
  }
}
