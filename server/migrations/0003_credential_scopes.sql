ALTER TABLE "credentials" ALTER COLUMN "project_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "scope" text DEFAULT 'project' NOT NULL;--> statement-breakpoint
ALTER TABLE "credentials" ADD CONSTRAINT "credentials_scope" CHECK ("credentials"."scope" IN ('project', 'organization', 'installation'));--> statement-breakpoint
ALTER TABLE "credentials" ADD CONSTRAINT "credentials_scope_project" CHECK (("credentials"."scope" = 'project') = ("credentials"."project_id" IS NOT NULL));