ALTER TABLE "auth_users" ADD COLUMN "state" text;
--> statement-breakpoint
ALTER TABLE "auth_users" ADD COLUMN "scope" text;
--> statement-breakpoint
ALTER TABLE "auth_users" ADD COLUMN "changed_at" timestamp (3) with time zone;
--> statement-breakpoint
CREATE INDEX "auth_users_changed" ON "auth_users" USING btree ("changed_at");
--> statement-breakpoint
UPDATE "auth_users" SET "state" = 'disabled', "changed_at" = (SELECT "time" FROM "auth_disabled" WHERE "user_id" = "id")
  WHERE "id" IN (SELECT "user_id" FROM "auth_disabled");
--> statement-breakpoint
DROP TABLE "auth_disabled";
