ALTER TABLE "api_keys" ADD COLUMN "concurrent_requests" integer;--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "requests_per_minute" integer;--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "tokens_per_minute" integer;--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "concurrent_streams" integer;--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "concurrent_requests" integer;