/** The upstream itself: what load and upstream cost without anybody between them. */
export function createDirect(upstream) {
  return {
    name: "direct",
    title: "direct",
    target: { host: "127.0.0.1", port: upstream.port, path: "/v1/chat/completions", headers: {} },
    exact: true,
    pids: () => [],
    helpers: () => [],
    groups: () => [],
    settle: async () => {},
    stop: async () => {},
  }
}
