CREATE TABLE "custom_models" (
	"id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"name" text NOT NULL,
	"provider" text NOT NULL,
	"upstream_model" text NOT NULL,
	"credential_id" uuid,
	"base_url" text,
	"context_window" integer,
	"description" text,
	"revision" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "request_logs" ADD COLUMN "custom_model_id" uuid;--> statement-breakpoint
ALTER TABLE "custom_models" ADD CONSTRAINT "custom_models_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "custom_models" ADD CONSTRAINT "custom_models_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "custom_models_name" ON "custom_models" USING btree ("project_id","name");--> statement-breakpoint
CREATE INDEX "custom_models_project" ON "custom_models" USING btree ("organization_id","project_id","id");--> statement-breakpoint
ALTER TABLE "custom_models" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "custom_models_tenant" ON "custom_models"
	USING ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid)
	WITH CHECK ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid);
