import { KeyRound, type LucideIcon, Plug, Rows3, Zap } from "lucide-react"

export interface PageLink {
  readonly to: "/quickstart" | "/requests" | "/providers" | "/api-keys"
  readonly title: string
  readonly icon: LucideIcon
  /** Other words people look for it by. */
  readonly keywords: readonly string[]
}

/** The pages of the rail and the palette, in their order. Only pages that exist are here. */
export const pages: readonly PageLink[] = [
  { to: "/quickstart", title: "Quickstart", icon: Zap, keywords: ["start", "snippet", "sdk", "connect", "curl"] },
  { to: "/requests", title: "Requests", icon: Rows3, keywords: ["log", "traffic", "calls", "live"] },
  { to: "/providers", title: "Providers", icon: Plug, keywords: ["credential", "openai", "anthropic", "gemini"] },
  { to: "/api-keys", title: "API keys", icon: KeyRound, keywords: ["slk", "settings", "secret", "revoke"] },
]
