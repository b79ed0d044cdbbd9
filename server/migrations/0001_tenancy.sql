-- The second fence between organizations. A tenant's transaction runs as a role that owns nothing and names its organization
-- in `sluice.organization`; without a name, `organization_id = null` is true of no row. The role and its privileges are not
-- here, because an installation may name its own: see `tenancy.ts`. The owner of the tables passes the fence by design.

ALTER TABLE "workspaces" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "workspaces_tenant" ON "workspaces"
	USING ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid)
	WITH CHECK ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid);--> statement-breakpoint
ALTER TABLE "projects" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "projects_tenant" ON "projects"
	USING ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid)
	WITH CHECK ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid);--> statement-breakpoint
ALTER TABLE "sessions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "sessions_tenant" ON "sessions"
	USING ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid)
	WITH CHECK ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid);--> statement-breakpoint
ALTER TABLE "members" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "members_tenant" ON "members"
	USING ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid)
	WITH CHECK ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid);--> statement-breakpoint
ALTER TABLE "data_keys" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "data_keys_tenant" ON "data_keys"
	USING ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid)
	WITH CHECK ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid);--> statement-breakpoint
ALTER TABLE "api_keys" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "api_keys_tenant" ON "api_keys"
	USING ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid)
	WITH CHECK ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid);--> statement-breakpoint
ALTER TABLE "credentials" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "credentials_tenant" ON "credentials"
	USING ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid)
	WITH CHECK ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid);--> statement-breakpoint
ALTER TABLE "request_logs" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "request_logs_tenant" ON "request_logs"
	USING ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid)
	WITH CHECK ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid);--> statement-breakpoint
-- A tenant itself: its own id is the scope.
ALTER TABLE "organizations" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "organizations_tenant" ON "organizations"
	USING ("id" = nullif(current_setting('sluice.organization', true), '')::uuid)
	WITH CHECK ("id" = nullif(current_setting('sluice.organization', true), '')::uuid);--> statement-breakpoint
-- People belong to many organizations; a tenant sees those who are its members (the policy of `members` applies inside).
ALTER TABLE "users" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "users_of_tenant" ON "users" FOR SELECT
	USING (EXISTS (SELECT 1 FROM "members" WHERE "members"."user_id" = "users"."id"));--> statement-breakpoint
-- List prices have no organization and are everyone's to read; a tenant writes its own only.
ALTER TABLE "model_pricing" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "model_pricing_read" ON "model_pricing" FOR SELECT
	USING ("organization_id" IS NULL OR "organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "model_pricing_insert" ON "model_pricing" FOR INSERT
	WITH CHECK ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "model_pricing_update" ON "model_pricing" FOR UPDATE
	USING ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid)
	WITH CHECK ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "model_pricing_delete" ON "model_pricing" FOR DELETE
	USING ("organization_id" = nullif(current_setting('sluice.organization', true), '')::uuid);
