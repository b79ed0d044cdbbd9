CREATE TABLE "environment_credential_uses" (
	"organization_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"provider" text NOT NULL,
	"last_used_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "environment_credential_uses_project_id_provider_pk" PRIMARY KEY("project_id","provider")
);
--> statement-breakpoint
ALTER TABLE "environment_credential_uses" ADD CONSTRAINT "environment_credential_uses_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "environment_credential_uses" ADD CONSTRAINT "environment_credential_uses_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "environment_credential_uses" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "environment_credential_uses_tenant" ON "environment_credential_uses"
	USING ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid)
	WITH CHECK ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid);
