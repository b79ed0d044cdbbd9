CREATE TABLE "dashboard_summaries" (
	"organization_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"period" text NOT NULL,
	"computed_at" timestamp (3) with time zone NOT NULL,
	"empty" boolean NOT NULL,
	"summary" jsonb NOT NULL,
	CONSTRAINT "dashboard_summaries_pk" PRIMARY KEY("organization_id","project_id","period")
);
--> statement-breakpoint
CREATE TABLE "dimension_rollups" (
	"organization_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"dimension" text NOT NULL,
	"hour" timestamp (3) with time zone NOT NULL,
	"value" text NOT NULL,
	"other" boolean NOT NULL,
	"requests" bigint DEFAULT 0 NOT NULL,
	"errors" bigint DEFAULT 0 NOT NULL,
	"usage_unknown" bigint DEFAULT 0 NOT NULL,
	"usage_estimated" bigint DEFAULT 0 NOT NULL,
	"cost_unknown" bigint DEFAULT 0 NOT NULL,
	"input_tokens" numeric,
	"output_tokens" numeric,
	"cost_usd" numeric,
	"latency_us" numeric,
	CONSTRAINT "dimension_rollups_pk" PRIMARY KEY("organization_id","project_id","dimension","hour","value","other")
);
--> statement-breakpoint
CREATE TABLE "metric_rollups" (
	"organization_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"grain" text NOT NULL,
	"bucket" timestamp (3) with time zone NOT NULL,
	"feature" text NOT NULL,
	"feature_other" boolean NOT NULL,
	"model" text NOT NULL,
	"model_other" boolean NOT NULL,
	"provider" text NOT NULL,
	"key_id" uuid NOT NULL,
	"requests" bigint DEFAULT 0 NOT NULL,
	"errors" bigint DEFAULT 0 NOT NULL,
	"errors_auth" bigint DEFAULT 0 NOT NULL,
	"errors_rate_limit" bigint DEFAULT 0 NOT NULL,
	"errors_invalid_request" bigint DEFAULT 0 NOT NULL,
	"errors_context_length" bigint DEFAULT 0 NOT NULL,
	"errors_content_filter" bigint DEFAULT 0 NOT NULL,
	"errors_timeout" bigint DEFAULT 0 NOT NULL,
	"errors_provider_5xx" bigint DEFAULT 0 NOT NULL,
	"errors_network" bigint DEFAULT 0 NOT NULL,
	"errors_client_cancelled" bigint DEFAULT 0 NOT NULL,
	"errors_internal" bigint DEFAULT 0 NOT NULL,
	"streaming" bigint DEFAULT 0 NOT NULL,
	"rule_routed" bigint DEFAULT 0 NOT NULL,
	"provider_unknown" bigint DEFAULT 0 NOT NULL,
	"drifted" bigint DEFAULT 0 NOT NULL,
	"usage_unknown" bigint DEFAULT 0 NOT NULL,
	"usage_estimated" bigint DEFAULT 0 NOT NULL,
	"cost_no_price" bigint DEFAULT 0 NOT NULL,
	"cost_no_usage" bigint DEFAULT 0 NOT NULL,
	"cost_no_provider" bigint DEFAULT 0 NOT NULL,
	"first_tokens" bigint DEFAULT 0 NOT NULL,
	"input_tokens" numeric,
	"output_tokens" numeric,
	"cache_read_tokens" numeric,
	"cache_write_tokens" numeric,
	"reasoning_tokens" numeric,
	"cache_told_tokens" numeric,
	"cost_usd" numeric,
	"latency_us" numeric,
	"first_token_us" numeric,
	CONSTRAINT "metric_rollups_pk" PRIMARY KEY("organization_id","project_id","grain","bucket","feature","feature_other","model","model_other","provider","key_id")
) PARTITION BY LIST ("grain");
--> statement-breakpoint
CREATE TABLE "metric_rollups_minute" PARTITION OF "metric_rollups" FOR VALUES IN ('minute') WITH (fillfactor = 80);
--> statement-breakpoint
CREATE TABLE "metric_rollups_hour" PARTITION OF "metric_rollups" FOR VALUES IN ('hour') WITH (fillfactor = 80);
--> statement-breakpoint
CREATE TABLE "metric_rollups_day" PARTITION OF "metric_rollups" FOR VALUES IN ('day') WITH (fillfactor = 80);
--> statement-breakpoint
CREATE TABLE "metric_sketch_deltas" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "metric_sketch_deltas_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"organization_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"bucket" timestamp (3) with time zone NOT NULL,
	"feature" text NOT NULL,
	"feature_other" boolean NOT NULL,
	"model" text NOT NULL,
	"model_other" boolean NOT NULL,
	"provider" text NOT NULL,
	"key_id" uuid NOT NULL,
	"latency" bigint[] DEFAULT '{}' NOT NULL,
	"first_token" bigint[] DEFAULT '{}' NOT NULL
);
--> statement-breakpoint
CREATE TABLE "metric_sketches" (
	"organization_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"grain" text NOT NULL,
	"total" boolean NOT NULL,
	"bucket" timestamp (3) with time zone NOT NULL,
	"feature" text NOT NULL,
	"feature_other" boolean NOT NULL,
	"model" text NOT NULL,
	"model_other" boolean NOT NULL,
	"provider" text NOT NULL,
	"key_id" uuid NOT NULL,
	"latency" bigint[] DEFAULT '{}' NOT NULL,
	"first_token" bigint[] DEFAULT '{}' NOT NULL,
	CONSTRAINT "metric_sketches_pk" PRIMARY KEY("organization_id","project_id","grain","total","bucket","feature","feature_other","model","model_other","provider","key_id")
);
--> statement-breakpoint
CREATE TABLE "rollup_values" (
	"organization_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"dimension" text NOT NULL,
	"bucket" timestamp (3) with time zone NOT NULL,
	"value" text NOT NULL,
	CONSTRAINT "rollup_values_pk" PRIMARY KEY("organization_id","project_id","dimension","bucket","value")
);
--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "latency_target_ms" integer;--> statement-breakpoint
ALTER TABLE "request_logs" ADD COLUMN "rolled_up" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "metric_sketch_deltas_scope" ON "metric_sketch_deltas" USING btree ("organization_id","project_id","bucket");--> statement-breakpoint
CREATE INDEX "request_logs_failures" ON "request_logs" USING btree ("organization_id","project_id","id") WHERE status >= 400 OR error_category IS NOT NULL;--> statement-breakpoint
CREATE INDEX "request_logs_unpriced" ON "request_logs" USING btree ("finished_at","id") WHERE cost_unknown_reason = 'no_price';--> statement-breakpoint
CREATE INDEX "request_logs_not_rolled_up" ON "request_logs" USING btree ("finished_at","id") WHERE NOT rolled_up;--> statement-breakpoint
ALTER TABLE "metric_rollups" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "metric_rollups_tenant" ON "metric_rollups"
	USING ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid)
	WITH CHECK ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid);--> statement-breakpoint
ALTER TABLE "metric_sketches" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "metric_sketches_tenant" ON "metric_sketches"
	USING ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid)
	WITH CHECK ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid);--> statement-breakpoint
ALTER TABLE "metric_sketch_deltas" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "metric_sketch_deltas_tenant" ON "metric_sketch_deltas"
	USING ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid)
	WITH CHECK ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid);--> statement-breakpoint
ALTER TABLE "dimension_rollups" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "dimension_rollups_tenant" ON "dimension_rollups"
	USING ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid)
	WITH CHECK ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid);--> statement-breakpoint
ALTER TABLE "rollup_values" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "rollup_values_tenant" ON "rollup_values"
	USING ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid)
	WITH CHECK ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid);--> statement-breakpoint
ALTER TABLE "dashboard_summaries" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "dashboard_summaries_tenant" ON "dashboard_summaries"
	USING ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid)
	WITH CHECK ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid);
