import { Boxes, ChartNoAxesColumn, KeyRound, type LucideIcon, Plug, Rows3, Split, Tags, Zap } from "lucide-react"

export interface PageLink {
  readonly to:
    | "/overview"
    | "/quickstart"
    | "/requests"
    | "/features"
    | "/rules"
    | "/models"
    | "/providers"
    | "/api-keys"
  readonly title: string
  readonly icon: LucideIcon
  /** Other words people look for it by. */
  readonly keywords: readonly string[]
  /** The few that a phone has room for; the palette has all of them. */
  readonly isOnPhoneBar?: boolean
}

/** The pages of the rail and the palette, in their order. Only pages that exist are here. */
export const pages: readonly PageLink[] = [
  {
    to: "/overview",
    title: "Overview",
    icon: ChartNoAxesColumn,
    keywords: ["home", "dashboard", "latency", "errors", "chart", "cost"],
    isOnPhoneBar: true,
  },
  { to: "/quickstart", title: "Quickstart", icon: Zap, keywords: ["start", "snippet", "sdk", "connect", "curl"] },
  {
    to: "/requests",
    title: "Requests",
    icon: Rows3,
    keywords: ["log", "traffic", "calls", "live"],
    isOnPhoneBar: true,
  },
  {
    to: "/features",
    title: "Features",
    icon: Tags,
    keywords: ["breakdown", "cost", "spend", "task", "user", "session", "model", "csv"],
    isOnPhoneBar: true,
  },
  {
    to: "/rules",
    title: "Rules",
    icon: Split,
    keywords: ["routing", "route", "split", "canary", "reroute", "dry run"],
    isOnPhoneBar: true,
  },
  { to: "/models", title: "Models", icon: Boxes, keywords: ["catalog", "prices", "custom", "own", "context"] },
  { to: "/providers", title: "Providers", icon: Plug, keywords: ["credential", "openai", "anthropic", "gemini"] },
  { to: "/api-keys", title: "API keys", icon: KeyRound, keywords: ["slk", "settings", "secret", "revoke"] },
]
