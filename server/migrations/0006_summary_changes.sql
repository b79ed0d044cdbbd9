ALTER TABLE "dashboard_summaries" ADD COLUMN "changes" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "dashboard_summaries" ADD COLUMN "seen_changes" bigint DEFAULT 0 NOT NULL;